-- One row per price of the owner, day and meter: the list price of the provider on that day. It is
-- the built-in price which the book held for right last, where one such price holds for requests
-- of every size and all day long. Where there is none, the list price is not known.
with used as (
    select distinct
        line_key.local_day as local_day,
        line_key.price_id as price_id
    from focus_metered
),

candidate as (
    select
        used.local_day,
        used.price_id,
        list_price.price_id as list_price_id,
        list_price.known_to,
        max(list_price.known_to) over (
            partition by used.local_day, used.price_id
        ) as last_known_to
    from used
    inner join price as own on used.price_id = own.price_id
    inner join price as list_price
        on
            own.provider = list_price.provider
            and own.model = list_price.model
            and own.variant = list_price.variant
            and used.local_day >= list_price.effective_from
            and used.local_day < list_price.effective_to
    where
        own.origin not like 'genai-prices%'
        and list_price.origin like 'genai-prices%'
),

only_one as (
    select
        local_day,
        price_id,
        min(list_price_id) as list_price_id
    from candidate
    where known_to = last_known_to
    group by
        local_day,
        price_id
    having count(*) = 1
),

rate as (
    select
        only_one.local_day,
        only_one.price_id,
        unnest([
            {'meter': 'input_tokens', 'rate_usd': input_tokens_rate},
            {
                'meter': 'cache_read_tokens',
                'rate_usd': coalesce(
                    cache_read_tokens_rate,
                    input_tokens_rate
                )
            },
            {
                'meter': 'cache_write_tokens',
                'rate_usd': coalesce(
                    cache_write_tokens_rate,
                    input_tokens_rate
                )
            },
            {
                'meter': 'cache_write_1h_tokens',
                'rate_usd': coalesce(
                    cache_write_1h_tokens_rate,
                    cache_write_tokens_rate,
                    input_tokens_rate
                )
            },
            {
                'meter': 'input_audio_tokens',
                'rate_usd': coalesce(
                    input_audio_tokens_rate,
                    input_tokens_rate
                )
            },
            {
                'meter': 'cache_audio_read_tokens',
                'rate_usd': coalesce(
                    cache_audio_read_tokens_rate,
                    cache_read_tokens_rate,
                    input_audio_tokens_rate,
                    input_tokens_rate
                )
            },
            {
                'meter': 'input_image_tokens',
                'rate_usd': coalesce(
                    input_image_tokens_rate,
                    input_tokens_rate
                )
            },
            {
                'meter': 'cache_image_read_tokens',
                'rate_usd': coalesce(
                    cache_image_read_tokens_rate,
                    cache_read_tokens_rate,
                    input_image_tokens_rate,
                    input_tokens_rate
                )
            },
            {
                'meter': 'input_video_tokens',
                'rate_usd': coalesce(
                    input_video_tokens_rate,
                    input_tokens_rate
                )
            },
            {'meter': 'output_tokens', 'rate_usd': output_tokens_rate},
            {
                'meter': 'output_reasoning_tokens',
                'rate_usd': coalesce(
                    output_reasoning_tokens_rate,
                    output_tokens_rate
                )
            },
            {
                'meter': 'output_audio_tokens',
                'rate_usd': coalesce(
                    output_audio_tokens_rate,
                    output_tokens_rate
                )
            },
            {
                'meter': 'output_image_tokens',
                'rate_usd': coalesce(
                    output_image_tokens_rate,
                    output_tokens_rate
                )
            },
            {
                'meter': 'output_video_tokens',
                'rate_usd': coalesce(
                    output_video_tokens_rate,
                    output_tokens_rate
                )
            },
            {
                'meter': 'output_citation_tokens',
                'rate_usd': coalesce(
                    output_citation_tokens_rate,
                    output_tokens_rate
                )
            },
            {'meter': 'audio_milliseconds', 'rate_usd': audio_milliseconds_rate},
            {'meter': 'input_characters', 'rate_usd': input_characters_rate},
            {'meter': 'input_text_messages', 'rate_usd': input_text_messages_rate},
            {'meter': 'web_searches', 'rate_usd': web_searches_rate},
            {'meter': 'storage_searches', 'rate_usd': storage_searches_rate},
            {'meter': 'document_pages', 'rate_usd': document_pages_rate},
            {
                'meter': 'annotated_document_pages',
                'rate_usd': coalesce(
                    annotated_document_pages_rate,
                    document_pages_rate
                )
            },
            {'meter': 'requests', 'rate_usd': requests_rate}
        ]) as rate
    from only_one
    inner join price on only_one.list_price_id = price.price_id
)

select
    local_day,
    price_id,
    rate.meter as meter,
    rate.rate_usd as rate_usd
from rate
where rate.rate_usd is not null
