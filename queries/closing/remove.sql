-- One row per usage record that leaves the table, for it is in a registered file.
delete from usage_open
where local_day >= cast($start_day as date) and local_day < cast($end_day as date)
