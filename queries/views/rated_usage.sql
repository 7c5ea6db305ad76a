-- One row per usage record with its cost (provider's money) and charge (customer's money), both
-- exact USD. Both are null where the record has no price: unknown is not zero. System usage is
-- charged to nobody.
with costed as (
    select
        usage.record_id,
        usage.load_id,
        usage.occurred_at,
        usage.recorded_at,
        usage.local_day,
        usage.context,
        usage.account_id,
        usage.transaction_id,
        usage.provider,
        usage.model,
        usage.provider_as_sent,
        usage.model_as_sent,
        usage.usage_type,
        usage.variant,
{% for meter in meters %}
        usage.{{ meter.name }},
{% endfor %}
        usage.billed_audio_milliseconds,
        usage.other_meters,
        usage.price_id,
        usage.unpriced_reason,
        usage.description,
        usage.tags,
        cast(usage.input_tokens * rate.input_tokens
            + usage.cache_read_tokens * rate.cache_read_tokens
            + usage.cache_write_tokens * rate.cache_write_tokens
            + usage.cache_write_1h_tokens * rate.cache_write_1h_tokens
            + usage.input_audio_tokens * rate.input_audio_tokens
            + usage.cache_audio_read_tokens * rate.cache_audio_read_tokens
            + usage.input_image_tokens * rate.input_image_tokens
            + usage.cache_image_read_tokens * rate.cache_image_read_tokens
            + usage.input_video_tokens * rate.input_video_tokens
            + usage.output_tokens * rate.output_tokens
            + usage.output_reasoning_tokens * rate.output_reasoning_tokens
            + usage.output_audio_tokens * rate.output_audio_tokens
            + usage.output_image_tokens * rate.output_image_tokens
            + usage.output_video_tokens * rate.output_video_tokens
            + usage.output_citation_tokens * rate.output_citation_tokens
            + usage.billed_audio_milliseconds * rate.audio_milliseconds
            + usage.input_characters * rate.input_characters
            + usage.input_text_messages * rate.input_text_messages
            + usage.web_searches * rate.web_searches
            + usage.storage_searches * rate.storage_searches
            + usage.document_pages * rate.document_pages
            + usage.annotated_document_pages * rate.annotated_document_pages
            + usage.requests * rate.requests as decimal(38, 18)) as cost_usd
    from usage_record as usage
    left join marginal_rate as rate on usage.price_id = rate.price_id
)

select
    costed.record_id,
    costed.load_id,
    costed.occurred_at,
    costed.recorded_at,
    costed.local_day,
    costed.context,
    costed.account_id,
    costed.transaction_id,
    costed.provider,
    costed.model,
    costed.provider_as_sent,
    costed.model_as_sent,
    costed.usage_type,
    costed.variant,
{% for meter in meters %}
    costed.{{ meter.name }},
{% endfor %}
    costed.billed_audio_milliseconds,
    costed.other_meters,
    costed.price_id,
    costed.unpriced_reason,
    costed.description,
    costed.tags,
    account.external_id,
    account.name as account_name,
    costed.cost_usd,
    case
        when costed.context = 'system' then cast(costed.cost_usd * 0 as decimal(38, 24))
        else cast(costed.cost_usd * factor.charge_factor as decimal(38, 24))
    end as charge_usd
from costed
left join account on costed.account_id = account.account_id
left join charge_factor as factor on costed.account_id is not distinct from factor.account_id
