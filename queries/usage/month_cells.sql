-- One row per roll-up cell of a month, in the order of accounts: all its changes summed.
select
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    price_id,
    cast(sum(record_count) as bigint) as record_count,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
    cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
    cast(sum(cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
    cast(sum(input_audio_tokens) as bigint) as input_audio_tokens,
    cast(sum(cache_audio_read_tokens) as bigint) as cache_audio_read_tokens,
    cast(sum(input_image_tokens) as bigint) as input_image_tokens,
    cast(sum(cache_image_read_tokens) as bigint) as cache_image_read_tokens,
    cast(sum(input_video_tokens) as bigint) as input_video_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(output_reasoning_tokens) as bigint) as output_reasoning_tokens,
    cast(sum(output_audio_tokens) as bigint) as output_audio_tokens,
    cast(sum(output_image_tokens) as bigint) as output_image_tokens,
    cast(sum(output_video_tokens) as bigint) as output_video_tokens,
    cast(sum(output_citation_tokens) as bigint) as output_citation_tokens,
    cast(sum(audio_milliseconds) as bigint) as audio_milliseconds,
    cast(sum(input_characters) as bigint) as input_characters,
    cast(sum(input_text_messages) as bigint) as input_text_messages,
    cast(sum(web_searches) as bigint) as web_searches,
    cast(sum(storage_searches) as bigint) as storage_searches,
    cast(sum(document_pages) as bigint) as document_pages,
    cast(sum(annotated_document_pages) as bigint) as annotated_document_pages,
    cast(sum(requests) as bigint) as requests,
    cast(sum(billed_audio_milliseconds) as bigint) as billed_audio_milliseconds,
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from usage_daily_delta
where
    local_day >= cast($start_day as date)
    and local_day < cast($end_day as date)
group by
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    price_id
having sum(record_count) <> 0
order by
    account_id,
    local_day
