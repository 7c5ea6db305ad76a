-- One row per provider and model of the month, from the roll-up.
select
    provider,
    model,
    sum(usage_daily.records) as records,
    sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens,
    sum(usage_daily.cost_usd) as cost_usd,
    sumIf(usage_daily.cost_usd, context = 'customer') * toDecimal32('1.2', 1) as charge_usd
from usage_daily
group by provider, model
