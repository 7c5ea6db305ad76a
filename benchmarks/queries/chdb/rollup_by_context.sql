-- One row per context of the month, from the roll-up.
select
    context,
    sum(usage_daily.records) as records,
    sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens,
    sum(usage_daily.cost_usd) as cost_usd,
    sumIf(usage_daily.cost_usd, context = 'customer') * toDecimal32('1.2', 1) as charge_usd
from usage_daily
group by context
