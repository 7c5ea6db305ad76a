-- One row per provider and model of the month: each record is priced anew and its cost summed.
select
    usage.provider,
    usage.model,
    count() as records,
    countIf(usage.price_id <> price.price_id) as changed,
    sum(
        (usage.input_tokens - if(isNull(price.cache_read_rate), 0, usage.cache_read_tokens))
        * price.input_rate
        + usage.cache_read_tokens * ifNull(price.cache_read_rate, 0)
        + usage.output_tokens * price.output_rate
        + ifNull(price.request_rate, 0)
    ) as cost_usd
from usage
inner join native.price as price
    on
        usage.provider = price.provider
        and usage.model = price.model
where
    toUnixTimestamp(usage.occurred_at) % 86400 >= price.window_start_second
    and toUnixTimestamp(usage.occurred_at) % 86400 < price.window_end_second
group by usage.provider, usage.model
