-- One row per model and month. Money is that of the priced records; unpriced_count says how many
-- are not.
select
    cast(date_trunc('month', local_day) as date) as month,
    provider,
    model,
    cast(sum(record_count) as bigint) as record_count,
    cast(sum(unpriced_count) as bigint) as unpriced_count,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(audio_milliseconds) as bigint) as audio_milliseconds,
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd,
    cast(sum(charge_usd) as decimal(38, 24)) as charge_usd
from rated_delta
group by
    cast(date_trunc('month', local_day) as date),
    provider,
    model
having sum(record_count) <> 0
