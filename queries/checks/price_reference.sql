-- One row per usage record whose price does not exist or does not hold for it: its time, hour or
-- size.
select
    usage.record_id,
    usage.price_id,
    usage.occurred_at
from usage_record as usage
left join price on usage.price_id = price.price_id
where
    usage.price_id is not null
    and (
        price.price_id is null
        or price.model <> usage.model
        or usage.occurred_at < price.effective_from
        or usage.occurred_at >= price.effective_to
        or usage.input_tokens < price.input_tokens_from
        or usage.input_tokens >= price.input_tokens_to
        or not {{ is_in_window("usage.occurred_at") | indent(4) }}
    )
