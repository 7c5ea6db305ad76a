-- One row per day of the month: the sums of its records.
select
    day,
    count(*) as records,
    sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens,
    sum(cost_usd) as cost_usd,
    sum(if(context = 'customer', cost_usd, 0)) * 1.2 as charge_usd
from usage
group by day
