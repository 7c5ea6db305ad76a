-- One row per file of an archived month.
select *
from usage_file
where list_contains($months, month)
