-- One row per file that has rows in conflict with a record.
select distinct path
from verdict
where verdict = 'id_conflict'
order by path
