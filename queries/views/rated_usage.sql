-- One row per usage record with its cost (provider's money) and charge (customer's money), both
-- exact USD. Both are null where the record has no price: unknown is not zero. System usage is
-- charged to nobody.
with costed as (
    select
{{ usage_columns("usage.") }},
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
{{ usage_columns("costed.") }},
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
