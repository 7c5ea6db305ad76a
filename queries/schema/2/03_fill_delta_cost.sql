-- One row per roll-up cell and load that has a price: its cost is filled in.
update usage_daily_delta as usage
set
    cost_usd = cast(
{% for meter in meters %}
        {{ "+ " if not loop.first }}usage.{{ meter.billed }} * rate.{{ meter.name }}
{% endfor %}
        as decimal(38, 18)
    )
from (
    select
        price_id,
        cast(coalesce(input_tokens_rate, 0) as decimal(24, 18)) as input_tokens,
        cast(
            coalesce(cache_read_tokens_rate - input_tokens_rate, 0)
            as decimal(24, 18)
        ) as cache_read_tokens,
        cast(
            coalesce(cache_write_tokens_rate - input_tokens_rate, 0)
            as decimal(24, 18)
        ) as cache_write_tokens,
        cast(
            coalesce(
                coalesce(cache_write_1h_tokens_rate, cache_write_tokens_rate, input_tokens_rate)
                - input_tokens_rate,
                0
            )
            as decimal(24, 18)
        ) as cache_write_1h_tokens,
        cast(
            coalesce(input_audio_tokens_rate - input_tokens_rate, 0)
            as decimal(24, 18)
        ) as input_audio_tokens,
        cast(
            coalesce(
                cache_audio_read_tokens_rate
                - cache_read_tokens_rate
                - input_audio_tokens_rate
                + input_tokens_rate,
                0
            )
            as decimal(24, 18)
        ) as cache_audio_read_tokens,
        cast(
            coalesce(input_image_tokens_rate - input_tokens_rate, 0)
            as decimal(24, 18)
        ) as input_image_tokens,
        cast(
            coalesce(
                cache_image_read_tokens_rate
                - cache_read_tokens_rate
                - input_image_tokens_rate
                + input_tokens_rate,
                0
            )
            as decimal(24, 18)
        ) as cache_image_read_tokens,
        cast(
            coalesce(input_video_tokens_rate - input_tokens_rate, 0)
            as decimal(24, 18)
        ) as input_video_tokens,
        cast(coalesce(output_tokens_rate, 0) as decimal(24, 18)) as output_tokens,
        cast(
            coalesce(output_reasoning_tokens_rate - output_tokens_rate, 0)
            as decimal(24, 18)
        ) as output_reasoning_tokens,
        cast(
            coalesce(output_audio_tokens_rate - output_tokens_rate, 0)
            as decimal(24, 18)
        ) as output_audio_tokens,
        cast(
            coalesce(output_image_tokens_rate - output_tokens_rate, 0)
            as decimal(24, 18)
        ) as output_image_tokens,
        cast(
            coalesce(output_video_tokens_rate - output_tokens_rate, 0)
            as decimal(24, 18)
        ) as output_video_tokens,
        cast(
            coalesce(output_citation_tokens_rate - output_tokens_rate, 0)
            as decimal(24, 18)
        ) as output_citation_tokens,
        cast(coalesce(audio_milliseconds_rate, 0) as decimal(24, 18)) as audio_milliseconds,
        cast(coalesce(input_characters_rate, 0) as decimal(24, 18)) as input_characters,
        cast(coalesce(input_text_messages_rate, 0) as decimal(24, 18)) as input_text_messages,
        cast(coalesce(web_searches_rate, 0) as decimal(24, 18)) as web_searches,
        cast(coalesce(storage_searches_rate, 0) as decimal(24, 18)) as storage_searches,
        cast(coalesce(document_pages_rate, 0) as decimal(24, 18)) as document_pages,
        cast(
            coalesce(annotated_document_pages_rate - document_pages_rate, 0)
            as decimal(24, 18)
        ) as annotated_document_pages,
        cast(coalesce(requests_rate, 0) as decimal(24, 18)) as requests
    from price
) as rate
where usage.price_id = rate.price_id
