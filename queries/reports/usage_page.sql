-- One row: the time of the oldest record of a page and of those before it, null without any.
with newest as (
    select occurred_at
    from usage_record
    where
        ($start_day is null or local_day >= cast($start_day as date))
        and ($end_day is null or local_day < cast($end_day as date))
        and ($context is null or context = $context)
        and ($account is null or account_id = $account_id)
        and ($provider is null or provider = lower($provider))
        and ($model is null or lower(model) = lower($model))
        and ($usage_type is null or usage_type = $usage_type)
    order by occurred_at desc
    limit $limit + $offset
)

select min(occurred_at) as first_at
from newest
