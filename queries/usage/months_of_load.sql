-- One row per month that records of a load are in.
select distinct cast(date_trunc('month', local_day) as date) as month
from usage_open
where load_id = $load_id
order by month
