-- One row per row of `metered` and meter that its price has a rate for: the quantity that this rate
-- applies to. A part with a rate of its own is taken out of its total; without one it stays there.
-- Sums of quantity x rate over a row's lines equal its cost in rated_usage and rated_daily.
with priced as (
    select
        metered.*,
        price.input_tokens_rate,
        price.cache_read_tokens_rate,
        price.cache_write_tokens_rate,
        price.cache_write_1h_tokens_rate,
        price.input_audio_tokens_rate,
        price.cache_audio_read_tokens_rate,
        price.input_image_tokens_rate,
        price.cache_image_read_tokens_rate,
        price.input_video_tokens_rate,
        price.output_tokens_rate,
        price.output_reasoning_tokens_rate,
        price.output_audio_tokens_rate,
        price.output_image_tokens_rate,
        price.output_video_tokens_rate,
        price.output_citation_tokens_rate,
        price.audio_milliseconds_rate,
        price.input_characters_rate,
        price.input_text_messages_rate,
        price.web_searches_rate,
        price.storage_searches_rate,
        price.document_pages_rate,
        price.annotated_document_pages_rate,
        price.requests_rate
    from metered
    inner join price on metered.price_id = price.price_id
),

line as (
    select
        line_key,
        price_id,
        unnest([
            {
                'position': 1,
                'meter': 'input_tokens',
                'quantity': cast(
                    input_tokens
                    - if(cache_read_tokens_rate is null, 0, cache_read_tokens)
                    - if(cache_write_tokens_rate is null, 0, cache_write_tokens)
                    - if(
                        coalesce(cache_write_1h_tokens_rate, cache_write_tokens_rate) is null,
                        0,
                        cache_write_1h_tokens
                    )
                    - if(input_audio_tokens_rate is null, 0, input_audio_tokens)
                    - if(input_image_tokens_rate is null, 0, input_image_tokens)
                    - if(input_video_tokens_rate is null, 0, input_video_tokens)
                    + if(cache_audio_read_tokens_rate is null, 0, cache_audio_read_tokens)
                    + if(cache_image_read_tokens_rate is null, 0, cache_image_read_tokens) as bigint
                ),
                'rate_usd': input_tokens_rate
            },
            {
                'position': 2,
                'meter': 'cache_read_tokens',
                'quantity': cast(
                    cache_read_tokens
                    - if(cache_audio_read_tokens_rate is null, 0, cache_audio_read_tokens)
                    - if(cache_image_read_tokens_rate is null, 0, cache_image_read_tokens) as bigint
                ),
                'rate_usd': cache_read_tokens_rate
            },
            {
                'position': 3,
                'meter': 'cache_write_tokens',
                'quantity': cast(
                    cache_write_tokens
                    + if(cache_write_1h_tokens_rate is null, cache_write_1h_tokens, 0) as bigint
                ),
                'rate_usd': cache_write_tokens_rate
            },
            {
                'position': 4,
                'meter': 'cache_write_1h_tokens',
                'quantity': cast(
                    cache_write_1h_tokens as bigint
                ),
                'rate_usd': cache_write_1h_tokens_rate
            },
            {
                'position': 5,
                'meter': 'input_audio_tokens',
                'quantity': cast(
                    input_audio_tokens
                    - if(cache_audio_read_tokens_rate is null, 0, cache_audio_read_tokens) as bigint
                ),
                'rate_usd': input_audio_tokens_rate
            },
            {
                'position': 6,
                'meter': 'cache_audio_read_tokens',
                'quantity': cast(
                    cache_audio_read_tokens as bigint
                ),
                'rate_usd': cache_audio_read_tokens_rate
            },
            {
                'position': 7,
                'meter': 'input_image_tokens',
                'quantity': cast(
                    input_image_tokens
                    - if(cache_image_read_tokens_rate is null, 0, cache_image_read_tokens) as bigint
                ),
                'rate_usd': input_image_tokens_rate
            },
            {
                'position': 8,
                'meter': 'cache_image_read_tokens',
                'quantity': cast(
                    cache_image_read_tokens as bigint
                ),
                'rate_usd': cache_image_read_tokens_rate
            },
            {
                'position': 9,
                'meter': 'input_video_tokens',
                'quantity': cast(
                    input_video_tokens as bigint
                ),
                'rate_usd': input_video_tokens_rate
            },
            {
                'position': 10,
                'meter': 'output_tokens',
                'quantity': cast(
                    output_tokens
                    - if(output_reasoning_tokens_rate is null, 0, output_reasoning_tokens)
                    - if(output_audio_tokens_rate is null, 0, output_audio_tokens)
                    - if(output_image_tokens_rate is null, 0, output_image_tokens)
                    - if(output_video_tokens_rate is null, 0, output_video_tokens)
                    - if(output_citation_tokens_rate is null, 0, output_citation_tokens) as bigint
                ),
                'rate_usd': output_tokens_rate
            },
            {
                'position': 11,
                'meter': 'output_reasoning_tokens',
                'quantity': cast(
                    output_reasoning_tokens as bigint
                ),
                'rate_usd': output_reasoning_tokens_rate
            },
            {
                'position': 12,
                'meter': 'output_audio_tokens',
                'quantity': cast(
                    output_audio_tokens as bigint
                ),
                'rate_usd': output_audio_tokens_rate
            },
            {
                'position': 13,
                'meter': 'output_image_tokens',
                'quantity': cast(
                    output_image_tokens as bigint
                ),
                'rate_usd': output_image_tokens_rate
            },
            {
                'position': 14,
                'meter': 'output_video_tokens',
                'quantity': cast(
                    output_video_tokens as bigint
                ),
                'rate_usd': output_video_tokens_rate
            },
            {
                'position': 15,
                'meter': 'output_citation_tokens',
                'quantity': cast(
                    output_citation_tokens as bigint
                ),
                'rate_usd': output_citation_tokens_rate
            },
            {
                'position': 16,
                'meter': 'audio_milliseconds',
                'quantity': cast(
                    billed_audio_milliseconds as bigint
                ),
                'rate_usd': audio_milliseconds_rate
            },
            {
                'position': 17,
                'meter': 'input_characters',
                'quantity': cast(
                    input_characters as bigint
                ),
                'rate_usd': input_characters_rate
            },
            {
                'position': 18,
                'meter': 'input_text_messages',
                'quantity': cast(
                    input_text_messages as bigint
                ),
                'rate_usd': input_text_messages_rate
            },
            {
                'position': 19,
                'meter': 'web_searches',
                'quantity': cast(
                    web_searches as bigint
                ),
                'rate_usd': web_searches_rate
            },
            {
                'position': 20,
                'meter': 'storage_searches',
                'quantity': cast(
                    storage_searches as bigint
                ),
                'rate_usd': storage_searches_rate
            },
            {
                'position': 21,
                'meter': 'document_pages',
                'quantity': cast(
                    document_pages
                    - if(annotated_document_pages_rate is null, 0, annotated_document_pages)
                    as bigint
                ),
                'rate_usd': document_pages_rate
            },
            {
                'position': 22,
                'meter': 'annotated_document_pages',
                'quantity': cast(
                    annotated_document_pages as bigint
                ),
                'rate_usd': annotated_document_pages_rate
            },
            {
                'position': 23,
                'meter': 'requests',
                'quantity': cast(
                    requests as bigint
                ),
                'rate_usd': requests_rate
            }
        ]) as line
    from priced
)

select
    line_key,
    price_id,
    line.position as position,
    line.meter as meter,
    line.quantity as quantity,
    line.rate_usd as rate_usd,
    cast(line.quantity * line.rate_usd as decimal(38, 18)) as cost_usd
from line
where line.rate_usd is not null and line.quantity <> 0
