-- One row per month's total, deleted.
delete from usage_month_total
where month = cast($start_day as date)
