-- One row per account, month, model and meter of a changed month whose quantity or charge is not
-- what was issued: the difference, in exact USD.
with now as (
    select
        metered.account_id,
        metered.month,
        metered.provider,
        metered.model,
        line.meter,
        cast(sum(line.quantity) as bigint) as quantity,
        cast(sum(line.cost_usd) as decimal(38, 18)) as cost_usd
    from line
    inner join metered on line.line_key = metered.line_key
    group by
        metered.account_id,
        metered.month,
        metered.provider,
        metered.model,
        line.meter
),

difference as (
    select
        now.account_id,
        now.month,
        now.provider,
        now.model,
        now.meter,
        now.quantity,
        cast(now.cost_usd * change.charge_factor as decimal(38, 24)) as charge_usd
    from now
    inner join invoice_change as change
        on now.account_id = change.account_id and now.month = change.month
    union all
    select
        usage.account_id,
        usage.month,
        usage.provider,
        usage.model,
        usage.meter,
        -usage.quantity as quantity,
        cast(-usage.charge_usd as decimal(38, 24)) as charge_usd
    from invoice_usage as usage
    inner join invoice_change as change
        on usage.account_id = change.account_id and usage.month = change.month
)

select
    account_id,
    month,
    provider,
    model,
    meter,
    cast(sum(quantity) as bigint) as quantity,
    cast(sum(charge_usd) as decimal(38, 24)) as charge_usd
from difference
group by
    account_id,
    month,
    provider,
    model,
    meter
having sum(quantity) <> 0 or sum(charge_usd) <> 0
order by
    account_id,
    month,
    provider,
    model,
    meter
