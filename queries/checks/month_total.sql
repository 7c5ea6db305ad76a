-- One row per month and roll-up cell without its day whose total is not the sum of its days.
with cell as (
    select
        cast(date_trunc('month', local_day) as date) as month,
        context,
        account_id,
        usage_type,
        provider,
        model,
        variant,
        price_id,
        sum(record_count) as record_count,
        sum(input_tokens) as input_tokens,
        sum(cache_read_tokens) as cache_read_tokens,
        sum(cache_write_tokens) as cache_write_tokens,
        sum(cache_write_1h_tokens) as cache_write_1h_tokens,
        sum(input_audio_tokens) as input_audio_tokens,
        sum(cache_audio_read_tokens) as cache_audio_read_tokens,
        sum(input_image_tokens) as input_image_tokens,
        sum(cache_image_read_tokens) as cache_image_read_tokens,
        sum(input_video_tokens) as input_video_tokens,
        sum(output_tokens) as output_tokens,
        sum(output_reasoning_tokens) as output_reasoning_tokens,
        sum(output_audio_tokens) as output_audio_tokens,
        sum(output_image_tokens) as output_image_tokens,
        sum(output_video_tokens) as output_video_tokens,
        sum(output_citation_tokens) as output_citation_tokens,
        sum(audio_milliseconds) as audio_milliseconds,
        sum(input_characters) as input_characters,
        sum(input_text_messages) as input_text_messages,
        sum(web_searches) as web_searches,
        sum(storage_searches) as storage_searches,
        sum(document_pages) as document_pages,
        sum(annotated_document_pages) as annotated_document_pages,
        sum(requests) as requests,
        sum(billed_audio_milliseconds) as billed_audio_milliseconds,
        sum(cost_usd) as cost_usd
    from usage_daily_delta
    where is_compacted
    group by
        month,
        context,
        account_id,
        usage_type,
        provider,
        model,
        variant,
        price_id
)

select
    coalesce(total.month, cell.month) as month,
    coalesce(total.account_id, cell.account_id) as account_id,
    coalesce(total.model, cell.model) as model,
    total.record_count as in_total,
    cell.record_count as in_days
from usage_month_total as total
full outer join cell
    on
        total.month = cell.month
        and total.context is not distinct from cell.context
        and total.account_id is not distinct from cell.account_id
        and total.usage_type is not distinct from cell.usage_type
        and total.provider is not distinct from cell.provider
        and total.model is not distinct from cell.model
        and total.variant is not distinct from cell.variant
        and total.price_id is not distinct from cell.price_id
where
    total.record_count is distinct from cell.record_count
    or total.input_tokens is distinct from cell.input_tokens
    or total.cache_read_tokens is distinct from cell.cache_read_tokens
    or total.cache_write_tokens is distinct from cell.cache_write_tokens
    or total.cache_write_1h_tokens is distinct from cell.cache_write_1h_tokens
    or total.input_audio_tokens is distinct from cell.input_audio_tokens
    or total.cache_audio_read_tokens is distinct from cell.cache_audio_read_tokens
    or total.input_image_tokens is distinct from cell.input_image_tokens
    or total.cache_image_read_tokens is distinct from cell.cache_image_read_tokens
    or total.input_video_tokens is distinct from cell.input_video_tokens
    or total.output_tokens is distinct from cell.output_tokens
    or total.output_reasoning_tokens is distinct from cell.output_reasoning_tokens
    or total.output_audio_tokens is distinct from cell.output_audio_tokens
    or total.output_image_tokens is distinct from cell.output_image_tokens
    or total.output_video_tokens is distinct from cell.output_video_tokens
    or total.output_citation_tokens is distinct from cell.output_citation_tokens
    or total.audio_milliseconds is distinct from cell.audio_milliseconds
    or total.input_characters is distinct from cell.input_characters
    or total.input_text_messages is distinct from cell.input_text_messages
    or total.web_searches is distinct from cell.web_searches
    or total.storage_searches is distinct from cell.storage_searches
    or total.document_pages is distinct from cell.document_pages
    or total.annotated_document_pages is distinct from cell.annotated_document_pages
    or total.requests is distinct from cell.requests
    or total.billed_audio_milliseconds is distinct from cell.billed_audio_milliseconds
    or total.cost_usd is distinct from cell.cost_usd
