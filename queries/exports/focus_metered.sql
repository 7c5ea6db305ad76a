-- One row per day, account, usage type, model, variant and price of a period: the sums of its
-- meters. The key holds what tells the row from others, and the audio as it was reported.
select
    {
        'local_day': local_day,
        'context': context,
        'account_id': account_id,
        'usage_type': usage_type,
        'provider': provider,
        'model': model,
        'variant': variant,
        'price_id': price_id,
        'tags': cast(null as varchar),
        'audio_milliseconds': cast(sum(audio_milliseconds) as bigint)
    } as line_key,
    price_id,
{{ summed() }},
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from usage_delta
where
    price_id is not null
    and ($start_day is null or local_day >= cast($start_day as date))
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
group by
{{ cell_key() }}
having sum(record_count) <> 0
