-- One row per file of a load with rejected rows.
select distinct path
from rejection
where load_id = $load_id
order by path
