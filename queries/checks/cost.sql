-- One row per month and account whose cost or charge by the roll-up is not the sum over its
-- records.
with daily as (
    select
        date_trunc('month', local_day) as month,
        account_id,
        sum(cost_usd) as cost_usd,
        sum(charge_usd) as charge_usd
    from rated_daily
    group by date_trunc('month', local_day), account_id
),

record as (
    select
        date_trunc('month', local_day) as month,
        account_id,
        sum(cost_usd) as cost_usd,
        sum(charge_usd) as charge_usd
    from rated_usage
    group by date_trunc('month', local_day), account_id
)

select
    coalesce(daily.month, record.month) as month,
    coalesce(daily.account_id, record.account_id) as account_id,
    daily.cost_usd as cost_by_day_usd,
    record.cost_usd as cost_by_record_usd
from daily
full outer join record
    on
        daily.month = record.month
        and daily.account_id is not distinct from record.account_id
where
    daily.cost_usd is distinct from record.cost_usd
    or daily.charge_usd is distinct from record.charge_usd
