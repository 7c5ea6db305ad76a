-- One row per account, model, meter and price of a month: the lines of all invoices, from records.
-- What `line` reads stands for queries/rating/lines.sql, which turns metered rows into lines.
with metered as materialized (
    select
        concat_ws('|', account_id, provider, model, price_id) as line_key,
        account_id,
        provider,
        model,
        price_id,
{{ summed() }},
        cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
    from usage_record
    where
        context = 'customer'
        and local_day >= cast($start_day as date)
        and local_day < cast($end_day as date)
        and ($account_id is null or account_id = $account_id)
    group by
        account_id,
        provider,
        model,
        price_id
),

line as (
    select *
    from rating_lines
)

select
    metered.account_id,
    metered.provider,
    metered.model,
    line.position,
    line.meter,
    line.price_id,
    price.variant,
    price.input_tokens_from,
    price.window_days,
    price.window_start_second,
    price.window_end_second,
    price.window_zone,
    price.effective_from,
    price.effective_to,
    line.quantity,
    cast(line.rate_usd * factor.charge_factor as decimal(38, 18)) as unit_charge_usd,
    line.per,
    cast(line.cost_usd * factor.charge_factor as decimal(38, 24)) as charge_usd
from line
inner join metered on line.line_key = metered.line_key
inner join price on line.price_id = price.price_id
inner join charge_factor as factor on metered.account_id = factor.account_id
order by
    metered.account_id,
    metered.provider,
    metered.model,
    line.position,
    price.effective_from,
    price.variant,
    price.input_tokens_from,
    price.window_start_second,
    line.price_id
