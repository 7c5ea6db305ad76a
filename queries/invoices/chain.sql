-- One row per issued document, in the order of issuing: what its chain hash is made of.
select
    number,
    chain_position,
    series,
    series_position,
    kind,
    account_id,
    strftime(month, '%Y-%m') as month,
    currency,
    subtotal,
    tax,
    total,
    content,
    sha256,
    previous_sha256,
    chain_sha256,
    versions
from invoice
order by chain_position
