-- One row per roll-up cell with its cost and charge in exact USD; null where the cell has no price.
-- Cost is linear in the meters, so the cost of a cell's sums is the sum of its records' costs,
-- exactly.
with costed as (
    select
        usage.local_day,
        usage.context,
        usage.account_id,
        usage.usage_type,
        usage.provider,
        usage.model,
        usage.variant,
        usage.price_id,
        usage.record_count,
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.cache_write_1h_tokens,
        usage.input_audio_tokens,
        usage.cache_audio_read_tokens,
        usage.input_image_tokens,
        usage.cache_image_read_tokens,
        usage.input_video_tokens,
        usage.output_tokens,
        usage.output_reasoning_tokens,
        usage.output_audio_tokens,
        usage.output_image_tokens,
        usage.output_video_tokens,
        usage.output_citation_tokens,
        usage.audio_milliseconds,
        usage.input_characters,
        usage.input_text_messages,
        usage.web_searches,
        usage.storage_searches,
        usage.document_pages,
        usage.annotated_document_pages,
        usage.requests,
        usage.billed_audio_milliseconds,
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
    from usage_daily as usage
    left join marginal_rate as rate on usage.price_id = rate.price_id
)

select
    costed.local_day,
    costed.context,
    costed.account_id,
    costed.usage_type,
    costed.provider,
    costed.model,
    costed.variant,
    costed.price_id,
    costed.record_count,
    costed.input_tokens,
    costed.cache_read_tokens,
    costed.cache_write_tokens,
    costed.cache_write_1h_tokens,
    costed.input_audio_tokens,
    costed.cache_audio_read_tokens,
    costed.input_image_tokens,
    costed.cache_image_read_tokens,
    costed.input_video_tokens,
    costed.output_tokens,
    costed.output_reasoning_tokens,
    costed.output_audio_tokens,
    costed.output_image_tokens,
    costed.output_video_tokens,
    costed.output_citation_tokens,
    costed.audio_milliseconds,
    costed.input_characters,
    costed.input_text_messages,
    costed.web_searches,
    costed.storage_searches,
    costed.document_pages,
    costed.annotated_document_pages,
    costed.requests,
    costed.billed_audio_milliseconds,
    account.external_id,
    account.name as account_name,
    case when costed.price_id is null then costed.record_count else 0 end as unpriced_count,
    costed.cost_usd,
    case
        when costed.context = 'system' then cast(costed.cost_usd * 0 as decimal(38, 24))
        else cast(costed.cost_usd * factor.charge_factor as decimal(38, 24))
    end as charge_usd
from costed
left join account on costed.account_id = account.account_id
left join charge_factor as factor on costed.account_id is not distinct from factor.account_id
