-- One row per id that more than one usage record has.
select
    record_id,
    count(*) as records
from usage_record
group by record_id
having count(*) > 1
