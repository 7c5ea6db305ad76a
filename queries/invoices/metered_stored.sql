-- One row per row that `lines` reads.
select *
from invoice_metered
