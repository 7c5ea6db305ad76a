-- One row per account, model, meter and price of a month: what is billed, in exact USD.
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
