-- One row: how many records of a period have no price.
select cast(coalesce(sum(record_count), 0) as bigint) as record_count
from usage_delta
where
    price_id is null
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
