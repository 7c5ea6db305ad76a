-- One row per roll-up cell and load, of archived months.
select *
from usage_daily_delta
where list_contains($months, cast(date_trunc('month', local_day) as date))
