-- One row per provider and model of a month or the month before: its sums in the month,
-- and its money in the month before. Money is that of the priced records.
with usage as (
    select
        coalesce(provider, '(unknown)') as provider,
        model,
        local_day >= cast($start_day as date) as is_current,
        record_count,
        unpriced_count,
        input_tokens,
        output_tokens,
        cost_usd,
        charge_usd
    from rated_delta
    where
        local_day >= cast($previous_day as date)
        and local_day < cast($end_day as date)
)

select
    usage.provider,
    usage.model,
    cast(coalesce(sum(usage.record_count) filter (where usage.is_current), 0) as bigint)
        as record_count,
    cast(coalesce(sum(usage.unpriced_count) filter (where usage.is_current), 0) as bigint)
        as unpriced_count,
    cast(coalesce(sum(usage.input_tokens) filter (where usage.is_current), 0) as bigint)
        as input_tokens,
    cast(coalesce(sum(usage.output_tokens) filter (where usage.is_current), 0) as bigint)
        as output_tokens,
    cast(coalesce(sum(usage.cost_usd) filter (where usage.is_current), 0) as decimal(38, 18))
        as cost_usd,
    cast(coalesce(sum(usage.charge_usd) filter (where usage.is_current), 0) as decimal(38, 24))
        as charge_usd,
    cast(coalesce(sum(usage.cost_usd) filter (where not usage.is_current), 0) as decimal(38, 18))
        as previous_cost_usd,
    cast(coalesce(sum(usage.charge_usd) filter (where not usage.is_current), 0) as decimal(38, 24))
        as previous_charge_usd
from usage
group by
    usage.provider,
    usage.model
having sum(usage.record_count) <> 0
order by cost_usd desc, record_count desc, usage.model, usage.provider
