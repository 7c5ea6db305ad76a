-- One row per day and context of a month and of the month before. Money is that of the priced
-- records; unpriced_count counts the others.
select
    local_day,
    context,
    cast(sum(record_count) as bigint) as record_count,
    cast(sum(unpriced_count) as bigint) as unpriced_count,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(audio_milliseconds) as bigint) as audio_milliseconds,
    cast(coalesce(sum(cost_usd), 0) as decimal(38, 18)) as cost_usd,
    cast(coalesce(sum(charge_usd), 0) as decimal(38, 24)) as charge_usd
from rated_delta
where
    local_day >= cast($previous_day as date)
    and local_day < cast($end_day as date)
group by
    local_day,
    context
having sum(record_count) <> 0
order by
    local_day,
    context
