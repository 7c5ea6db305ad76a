-- One row per account and month. Money is that of the priced records; unpriced_count says how many
-- are not.
with by_account as (
    select
        cast(date_trunc('month', local_day) as date) as month,
        account_id,
        cast(sum(record_count) as bigint) as record_count,
        cast(sum(unpriced_count) as bigint) as unpriced_count,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(audio_milliseconds) as bigint) as audio_milliseconds,
        cast(sum(cost_usd) as decimal(38, 18)) as cost_usd,
        cast(sum(charge_usd) as decimal(38, 24)) as charge_usd
    from rated_delta
    group by cast(date_trunc('month', local_day) as date), account_id
    having sum(record_count) <> 0
)

select
    usage.month,
    usage.account_id,
    account.external_id,
    account.name as account_name,
    usage.record_count,
    usage.unpriced_count,
    usage.input_tokens,
    usage.output_tokens,
    usage.audio_milliseconds,
    usage.cost_usd,
    usage.charge_usd
from by_account as usage
left join account on usage.account_id = account.account_id
