-- One row per account; usage without one is (system). Money is that of the priced records; unpriced
-- counts the others.
-- Title: Usage by account
-- Bar: charge_usd
with by_account as (
    select
        account_id,
        cast(sum(record_count) as bigint) as records,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(cost_usd) as decimal(38, 18)) as cost_usd,
        cast(sum(charge_usd) as decimal(38, 24)) as charge_usd,
        cast(sum(unpriced_count) as bigint) as unpriced
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
    group by account_id
    having sum(record_count) <> 0
)

select
    coalesce(account.name, account.external_id, usage.account_id, '(system)') as account,
    usage.records,
    usage.input_tokens,
    usage.output_tokens,
    usage.cost_usd,
    usage.charge_usd,
    usage.unpriced
from by_account as usage
left join account on usage.account_id = account.account_id
order by
    usage.charge_usd desc nulls last,
    usage.cost_usd desc nulls last,
    coalesce(account.name, account.external_id, usage.account_id, '(system)'),
    usage.account_id
