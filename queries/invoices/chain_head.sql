-- One row: where the chain of documents ends.
select
    cast(coalesce(max(chain_position), 0) as bigint) as chain_position,
    max_by(chain_sha256, chain_position) as chain_sha256
from invoice
