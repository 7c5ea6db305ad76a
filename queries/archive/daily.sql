-- One row per roll-up cell of archived months with its cost and charge, for other readers.
select *
from rated_daily
where list_contains($months, cast(date_trunc('month', local_day) as date))
order by local_day, account_id, provider, model, variant, price_id
