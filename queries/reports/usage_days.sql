-- One row: the first of the newest days that hold the records of a page and those before it, by the
-- roll-up; null without any.
with so_far as (
    select
        local_day,
        sum(sum(record_count)) over (order by local_day desc) as record_count
    from usage_delta
    where
        ($start_day is null or local_day >= cast($start_day as date))
        and ($end_day is null or local_day < cast($end_day as date))
        and ($context is null or context = $context)
        and ($account is null or account_id = $account_id)
        and ($provider is null or provider = lower($provider))
        and ($model is null or lower(model) = lower($model))
        and ($usage_type is null or usage_type = $usage_type)
    group by local_day
)

select
    coalesce(
        max(local_day) filter (where record_count >= $limit + $offset),
        min(local_day)
    ) as first_day
from so_far
