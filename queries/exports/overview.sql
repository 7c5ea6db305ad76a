-- One row per fact about a period, as text: whose numbers these are, and the exact totals.
with total as (
    select
        cast(coalesce(sum(record_count), 0) as bigint) as records,
        cast(coalesce(sum(unpriced_count), 0) as bigint) as unpriced,
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
),

listed as (
    select unnest([
        {'position': 1, 'fact': 'first day', 'value': cast(cast($start_day as date) as varchar)},
        {
            'position': 2,
            'fact': 'last day',
            'value': cast(cast($end_day as date) - 1 as varchar)
        },
        {'position': 3, 'fact': 'context', 'value': cast($context as varchar)},
        {'position': 4, 'fact': 'account', 'value': cast($account as varchar)},
        {'position': 5, 'fact': 'provider', 'value': cast($provider as varchar)},
        {'position': 6, 'fact': 'model', 'value': cast($model as varchar)},
        {'position': 7, 'fact': 'usage type', 'value': cast($usage_type as varchar)},
        {'position': 10, 'fact': 'records', 'value': cast(records as varchar)},
        {'position': 11, 'fact': 'records without a price', 'value': cast(unpriced as varchar)},
        {'position': 12, 'fact': 'cost, USD, exact', 'value': cast(cost_usd as varchar)},
        {'position': 13, 'fact': 'charge, USD, exact', 'value': cast(charge_usd as varchar)}
    ]) as entry
    from total
),

every_fact as (
    select
        entry.position as position,
        entry.fact as fact,
        entry.value as value
    from listed
    union all
    select
        case name when 'billing_timezone' then 8 else 9 end as position,
        case name when 'billing_timezone' then 'billing time zone' else 'mark-up, percent' end
            as fact,
        value
    from setting
    where name in ('billing_timezone', 'markup_percent')
)

select
    fact,
    value
from every_fact
where value is not null
order by position
