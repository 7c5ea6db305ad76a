-- One row per account, model, price and meter of the month: from the roll-up.
with summed as (
    select
        end_user_id as account,
        custom_llm_provider as provider,
        model,
        endpoint as price_id,
        cast(sum(prompt_tokens) as bigint) as input_tokens,
        cast(sum(cache_read_input_tokens) as bigint) as cache_read_tokens,
        cast(sum(completion_tokens) as bigint) as output_tokens,
        cast(sum(api_requests) as bigint) as requests
    from "LiteLLM_DailyEndUserSpend"
    where end_user_id <> ''
    group by
        end_user_id,
        custom_llm_provider,
        model,
        endpoint
)

select
    summed.account,
    summed.provider,
    summed.model,
    summed.price_id,
    line.meter,
    line.quantity,
    line.rate_usd * 1.2 as unit_charge_usd,
    line.quantity * line.rate_usd * 1.2 as charge_usd
from summed
inner join price on summed.price_id = price.price_id
cross join lateral (
    values
    (
        'input_tokens',
        input_tokens - case when cache_read_rate is null then 0 else cache_read_tokens end,
        input_rate
    ),
    ('cache_read_tokens', cache_read_tokens, cache_read_rate),
    ('output_tokens', output_tokens, output_rate),
    ('requests', requests, request_rate)
) as line (meter, quantity, rate_usd)
where line.quantity <> 0 and line.rate_usd is not null
order by
    summed.account,
    summed.provider,
    summed.model,
    summed.price_id,
    line.meter
