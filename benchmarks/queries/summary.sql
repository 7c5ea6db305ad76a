-- One row per context, and one per model: the summary of a month, from the records, in one pass.
select
    context,
    model,
    count(*) as record_count,
    count(*) - count(price_id) as unpriced_count,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(audio_milliseconds) as bigint) as audio_milliseconds,
    cast(coalesce(sum(cost_usd), 0) as decimal(38, 18)) as cost_usd,
    cast(coalesce(sum(charge_usd), 0) as decimal(38, 24)) as charge_usd
from rated_usage
where local_day >= cast($start_day as date) and local_day < cast($end_day as date)
group by grouping sets ((context), (model))
