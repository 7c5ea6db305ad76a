-- One row per context and one per model of a period, in one pass.
select
    context,
    model,
    cast(sum(record_count) as bigint) as record_count,
    cast(sum(unpriced_count) as bigint) as unpriced_count,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(audio_milliseconds) as bigint) as audio_milliseconds,
    cast(coalesce(sum(cost_usd), 0) as decimal(38, 18)) as cost_usd,
    cast(coalesce(sum(charge_usd), 0) as decimal(38, 24)) as charge_usd
from rated_delta
where
    ($start_day is null or local_day >= cast($start_day as date))
    and ($end_day is null or local_day < cast($end_day as date))
    and ($context is null or context = $context)
    and (
        $account is null
        or account_id in (
            select account.account_id
            from account
            where account.account_id = $account or account.external_id = $account
        )
    )
    and ($provider is null or provider = lower($provider))
    and ($model is null or lower(model) = lower($model))
    and ($usage_type is null or usage_type = $usage_type)
group by grouping sets ((context), (model))
having sum(record_count) <> 0
order by cost_usd desc, context, model
