-- One row per name as sent and reason: usage that has no price. Differences of totals are one
-- reason: each record has its own.
with waiting as (
    select
        provider_as_sent,
        model_as_sent,
        variant,
        provider,
        model,
        case
            when starts_with(unpriced_reason, 'total_mismatch') then 'total_mismatch'
            else unpriced_reason
        end as reason,
        record_id,
        occurred_at,
        account_id
    from usage_record
    where price_id is null
)

select
    provider_as_sent as sent_provider,
    model_as_sent as sent_model,
    variant,
    reason,
    -- What the book takes the name for; the same for all records of it, but for floating names.
    any_value(provider) as known_provider,
    any_value(model) as known_model,
    count(*) as record_count,
    min(occurred_at) as first_at,
    arg_min(record_id, (occurred_at, record_id)) as first_record_id,
    max(occurred_at) as last_at,
    count(distinct account_id) as accounts
from waiting
group by provider_as_sent, model_as_sent, variant, reason
order by record_count desc, sent_model, sent_provider, variant, reason
