-- One row per change of a roll-up cell of a month, deleted.
delete from usage_daily_delta
where
    local_day >= cast($start_day as date)
    and local_day < cast($end_day as date)
