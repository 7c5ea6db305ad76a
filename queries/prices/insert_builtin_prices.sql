-- One row per price of the built-in price file. Built-in prices are known from the beginning of
-- time. Text that is no number is an error, never a missing value.
insert into price (
{{ price_columns() }}
)
select
    {{ price_id_of("coalesce(effective_from, '')", "'builtin'") }} as price_id,
    provider,
    model,
    coalesce(variant, '') as variant,
    cast(input_tokens_from as bigint) as input_tokens_from,
    coalesce(cast(input_tokens_to as bigint), 9223372036854775807) as input_tokens_to,
    window_days,
    cast(window_start_second as integer) as window_start_second,
    cast(window_end_second as integer) as window_end_second,
    window_zone,
    coalesce(cast(effective_from as timestamp), timestamp '0001-01-01') as effective_from,
    coalesce(cast(effective_to as timestamp), timestamp '9999-12-31') as effective_to,
    timestamp '0001-01-01' as known_from,
    timestamp '9999-12-31' as known_to,
    cast(minimum_audio_milliseconds as bigint) as minimum_audio_milliseconds,
    false as is_free,
    $origin as origin,
    facts
from raw_price
