-- One row per cell of the roll-up that an inserted block touches.
create materialized view native.usage_daily_view to native.usage_daily as
select
    day,
    context,
    account,
    provider,
    model,
    price_id,
    count() as records,
    sum(input_tokens) as input_tokens,
    sum(cache_read_tokens) as cache_read_tokens,
    sum(output_tokens) as output_tokens,
    sum(cost_usd) as cost_usd
from native.usage
group by
    day,
    context,
    account,
    provider,
    model,
    price_id
