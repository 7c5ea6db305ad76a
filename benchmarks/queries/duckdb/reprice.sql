-- One row per provider and model of the month: each record is priced anew and its cost summed.
select
    usage.provider,
    usage.model,
    count(*) as records,
    count(*) filter (usage.price_id <> price.price_id) as changed,
    sum(
        (usage.input_tokens - if(price.cache_read_rate is null, 0, usage.cache_read_tokens))
        * price.input_rate
        + usage.cache_read_tokens * coalesce(price.cache_read_rate, 0)
        + usage.output_tokens * price.output_rate
        + coalesce(price.request_rate, 0)
    ) as cost_usd
from usage
inner join price
    on
        usage.provider = price.provider
        and usage.model = price.model
        and date_diff('second', date_trunc('day', usage.occurred_at), usage.occurred_at)
        >= price.window_start_second
        and date_diff('second', date_trunc('day', usage.occurred_at), usage.occurred_at)
        < price.window_end_second
group by usage.provider, usage.model
