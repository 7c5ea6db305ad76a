-- One row per name as sent and reason: usage that has no price.
select
    provider_as_sent as provider,
    model_as_sent as model,
    variant,
    unpriced_reason as reason,
    count(*) as record_count,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at,
    count(distinct account_id) as accounts
from usage_record
where price_id is null
group by provider_as_sent, model_as_sent, variant, unpriced_reason
order by record_count desc, model, provider, variant, reason
