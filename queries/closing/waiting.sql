-- One row: how many records of a month are in the table.
select count(*) as row_count
from usage_open
where local_day >= cast($start_day as date) and local_day < cast($end_day as date)
