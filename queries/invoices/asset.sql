-- One row, or none: a file that documents show.
select
    sha256,
    bytes
from invoice_asset
where sha256 = $sha256
