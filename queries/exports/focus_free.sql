-- One row per row of `metered` and meter that costs nothing since its model is free.
with free as (
    select
        metered.line_key,
        metered.price_id,
        unnest([
            {
                'meter': 'input_tokens',
                'quantity': metered.input_tokens,
                'rate_usd': price.input_tokens_rate
            },
            {
                'meter': 'output_tokens',
                'quantity': metered.output_tokens,
                'rate_usd': price.output_tokens_rate
            },
            {
                'meter': 'audio_milliseconds',
                'quantity': metered.audio_milliseconds,
                'rate_usd': price.audio_milliseconds_rate
            },
            {
                'meter': 'input_characters',
                'quantity': metered.input_characters,
                'rate_usd': price.input_characters_rate
            },
            {
                'meter': 'input_text_messages',
                'quantity': metered.input_text_messages,
                'rate_usd': price.input_text_messages_rate
            },
            {
                'meter': 'web_searches',
                'quantity': metered.web_searches,
                'rate_usd': price.web_searches_rate
            },
            {
                'meter': 'storage_searches',
                'quantity': metered.storage_searches,
                'rate_usd': price.storage_searches_rate
            },
            {
                'meter': 'document_pages',
                'quantity': metered.document_pages,
                'rate_usd': price.document_pages_rate
            }
        ]) as line
    from metered
    inner join price on metered.price_id = price.price_id
    where price.is_free
)

select
    line_key,
    price_id,
    line.meter as meter,
    line.quantity as quantity,
    cast(0 as decimal(24, 18)) as rate_usd
from free
where line.rate_usd is null and line.quantity <> 0
