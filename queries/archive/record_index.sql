-- One row per usage record of archived months, as the index of ids has it.
select *
from record_index
where list_contains($months, month)
