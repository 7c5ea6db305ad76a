-- One row per row that `lines` reads.
select *
from focus_metered
