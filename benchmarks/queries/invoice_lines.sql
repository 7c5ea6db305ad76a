-- One row per account, model, meter and price of a month: the lines of all invoices, from records.
-- What `line` reads stands for queries/rating/lines.sql, which turns metered rows into lines.
with metered as materialized (
    select
        concat_ws('|', account_id, provider, model, price_id) as line_key,
        account_id,
        provider,
        model,
        price_id,
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
        cast(sum(billed_audio_milliseconds) as bigint) as billed_audio_milliseconds
    from usage_record
    where
        context = 'customer'
        and local_day >= cast($start_day as date)
        and local_day < cast($end_day as date)
        and ($account_id is null or account_id = $account_id)
    group by
        account_id,
        provider,
        model,
        price_id
),

line as (
    select *
    from rating_lines
)

select
    metered.account_id,
    metered.provider,
    metered.model,
    line.position,
    line.meter,
    line.price_id,
    price.variant,
    price.input_tokens_from,
    price.window_start_second,
    price.window_end_second,
    price.effective_from,
    price.effective_to,
    line.quantity,
    cast(line.rate_usd * factor.charge_factor as decimal(38, 24)) as unit_charge_usd,
    cast(line.cost_usd * factor.charge_factor as decimal(38, 24)) as charge_usd
from line
inner join metered on line.line_key = metered.line_key
inner join price on line.price_id = price.price_id
inner join charge_factor as factor on metered.account_id = factor.account_id
order by
    metered.account_id,
    metered.provider,
    metered.model,
    line.position,
    price.effective_from,
    price.variant,
    price.input_tokens_from,
    price.window_start_second,
    line.price_id
