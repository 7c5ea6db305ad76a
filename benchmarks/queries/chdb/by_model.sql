-- One row per provider and model of the month: the sums of its records.
select
    provider,
    model,
    count() as records,
    sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens,
    sum(usage.cost_usd) as cost_usd,
    sumIf(usage.cost_usd, context = 'customer') * toDecimal32('1.2', 1) as charge_usd
from usage
group by provider, model
