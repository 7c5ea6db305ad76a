-- One row per priced usage record with a meter that its price has no rate for: it would cost a
-- silent zero.
select
    usage.record_id,
    usage.price_id
from usage_record as usage
inner join price on usage.price_id = price.price_id
where
    not price.is_free
    and (
        usage.input_tokens > 0 and price.input_tokens_rate is null
        or usage.output_tokens > 0 and price.output_tokens_rate is null
        or usage.audio_milliseconds > 0 and price.audio_milliseconds_rate is null
        or usage.input_characters > 0 and price.input_characters_rate is null
        or usage.input_text_messages > 0 and price.input_text_messages_rate is null
        or usage.web_searches > 0 and price.web_searches_rate is null
        or usage.storage_searches > 0 and price.storage_searches_rate is null
        or usage.document_pages > 0 and price.document_pages_rate is null
        or usage.other_meters is not null and regexp_matches(usage.other_meters, '"[^"]+":[1-9]')
    )
