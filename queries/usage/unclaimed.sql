-- One row: how many records of a load are usage of one's own, which no customer pays for.
select cast(count(*) as bigint) as records
from usage_record
where load_id = $load_id and context = 'system'
