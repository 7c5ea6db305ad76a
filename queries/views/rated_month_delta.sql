-- One row per month's total of a roll-up cell, and per change of it that is not compacted yet, with
-- its cost and charge in exact USD.
select
    usage.month,
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
    case when usage.price_id is null then usage.record_count else 0 end as unpriced_count,
    usage.cost_usd,
    case
        when usage.context = 'system' then cast(usage.cost_usd * 0 as decimal(38, 24))
        else cast(usage.cost_usd * factor.charge_factor as decimal(38, 24))
    end as charge_usd
from usage_month_delta as usage
left join charge_factor as factor on usage.account_id is not distinct from factor.account_id
