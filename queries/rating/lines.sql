-- One row per row of `metered` and meter that its price has a rate for: the quantity that this rate
-- applies to. A part with a rate of its own is taken out of its total; without one it stays there.
-- Sums of quantity x rate over a row's lines equal its cost in rated_usage and rated_daily.
-- Only the rates of a price are unfolded, once for each price, not the meters of each row.
with used as (
    select distinct price_id
    from metered
),

unfolded as (
    select
        price.price_id,
        unnest([
            {'position': 1, 'meter': 'input_tokens', 'rate_usd': input_tokens_rate},
            {'position': 2, 'meter': 'cache_read_tokens', 'rate_usd': cache_read_tokens_rate},
            {'position': 3, 'meter': 'cache_write_tokens', 'rate_usd': cache_write_tokens_rate},
            {
                'position': 4,
                'meter': 'cache_write_1h_tokens',
                'rate_usd': cache_write_1h_tokens_rate
            },
            {'position': 5, 'meter': 'input_audio_tokens', 'rate_usd': input_audio_tokens_rate},
            {
                'position': 6,
                'meter': 'cache_audio_read_tokens',
                'rate_usd': cache_audio_read_tokens_rate
            },
            {'position': 7, 'meter': 'input_image_tokens', 'rate_usd': input_image_tokens_rate},
            {
                'position': 8,
                'meter': 'cache_image_read_tokens',
                'rate_usd': cache_image_read_tokens_rate
            },
            {'position': 9, 'meter': 'input_video_tokens', 'rate_usd': input_video_tokens_rate},
            {'position': 10, 'meter': 'output_tokens', 'rate_usd': output_tokens_rate},
            {
                'position': 11,
                'meter': 'output_reasoning_tokens',
                'rate_usd': output_reasoning_tokens_rate
            },
            {'position': 12, 'meter': 'output_audio_tokens', 'rate_usd': output_audio_tokens_rate},
            {'position': 13, 'meter': 'output_image_tokens', 'rate_usd': output_image_tokens_rate},
            {'position': 14, 'meter': 'output_video_tokens', 'rate_usd': output_video_tokens_rate},
            {
                'position': 15,
                'meter': 'output_citation_tokens',
                'rate_usd': output_citation_tokens_rate
            },
            {'position': 16, 'meter': 'audio_milliseconds', 'rate_usd': audio_milliseconds_rate},
            {'position': 17, 'meter': 'input_characters', 'rate_usd': input_characters_rate},
            {'position': 18, 'meter': 'input_text_messages', 'rate_usd': input_text_messages_rate},
            {'position': 19, 'meter': 'web_searches', 'rate_usd': web_searches_rate},
            {'position': 20, 'meter': 'storage_searches', 'rate_usd': storage_searches_rate},
            {'position': 21, 'meter': 'document_pages', 'rate_usd': document_pages_rate},
            {
                'position': 22,
                'meter': 'annotated_document_pages',
                'rate_usd': annotated_document_pages_rate
            },
            {'position': 23, 'meter': 'requests', 'rate_usd': requests_rate}
        ]) as rate
    from price
    inner join used on price.price_id = used.price_id
),

rate as (
    select
        price_id,
        rate.position as position,
        rate.meter as meter,
        rate.rate_usd as rate_usd
    from unfolded
    where rate.rate_usd is not null
),

measured as (
    select
        metered.line_key,
        metered.price_id,
        [
            cast(
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
            cast(
                cache_read_tokens
                - if(cache_audio_read_tokens_rate is null, 0, cache_audio_read_tokens)
                - if(cache_image_read_tokens_rate is null, 0, cache_image_read_tokens) as bigint
            ),
            cast(
                cache_write_tokens
                + if(cache_write_1h_tokens_rate is null, cache_write_1h_tokens, 0) as bigint
            ),
            metered.cache_write_1h_tokens,
            cast(
                input_audio_tokens
                - if(cache_audio_read_tokens_rate is null, 0, cache_audio_read_tokens) as bigint
            ),
            metered.cache_audio_read_tokens,
            cast(
                input_image_tokens
                - if(cache_image_read_tokens_rate is null, 0, cache_image_read_tokens) as bigint
            ),
            metered.cache_image_read_tokens,
            metered.input_video_tokens,
            cast(
                output_tokens
                - if(output_reasoning_tokens_rate is null, 0, output_reasoning_tokens)
                - if(output_audio_tokens_rate is null, 0, output_audio_tokens)
                - if(output_image_tokens_rate is null, 0, output_image_tokens)
                - if(output_video_tokens_rate is null, 0, output_video_tokens)
                - if(output_citation_tokens_rate is null, 0, output_citation_tokens) as bigint
            ),
            metered.output_reasoning_tokens,
            metered.output_audio_tokens,
            metered.output_image_tokens,
            metered.output_video_tokens,
            metered.output_citation_tokens,
            metered.billed_audio_milliseconds,
            metered.input_characters,
            metered.input_text_messages,
            metered.web_searches,
            metered.storage_searches,
            cast(
                document_pages
                - if(annotated_document_pages_rate is null, 0, annotated_document_pages)
                as bigint
            ),
            metered.annotated_document_pages,
            metered.requests
        ] as quantities
    from metered
    inner join price on metered.price_id = price.price_id
)

select
    measured.line_key,
    measured.price_id,
    rate.position,
    rate.meter,
    measured.quantities[rate.position] as quantity,
    rate.rate_usd,
    cast(measured.quantities[rate.position] * rate.rate_usd as decimal(38, 18)) as cost_usd
from measured
inner join rate on measured.price_id = rate.price_id
where measured.quantities[rate.position] <> 0
