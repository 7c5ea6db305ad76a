-- One row per price of the built-in price file. Built-in prices are known from the beginning of
-- time. Its columns are named as those of usage; text that is no number is an error, never a
-- missing rate.
insert into price (
    price_id,
    provider,
    model,
    variant,
    input_tokens_from,
    input_tokens_to,
    window_start_second,
    window_end_second,
    effective_from,
    effective_to,
    known_from,
    known_to,
    minimum_audio_milliseconds,
    is_free,
    origin,
{% for meter in meters %}
    {{ meter.name }}_rate{{ "," if not loop.last }}
{% endfor %}
)
select
    'price_' || left(
        md5(
            concat_ws(
                '|',
                provider,
                model,
                coalesce(variant, ''),
                input_tokens_from,
                window_start_second,
                coalesce(effective_from, ''),
                'builtin'
            )
        ),
        16
    ) as price_id,
    provider,
    model,
    coalesce(variant, '') as variant,
    cast(input_tokens_from as bigint) as input_tokens_from,
    coalesce(cast(input_tokens_to as bigint), 9223372036854775807) as input_tokens_to,
    cast(window_start_second as integer) as window_start_second,
    cast(window_end_second as integer) as window_end_second,
    coalesce(cast(effective_from as timestamp), timestamp '0001-01-01') as effective_from,
    coalesce(cast(effective_to as timestamp), timestamp '9999-12-31') as effective_to,
    timestamp '0001-01-01' as known_from,
    timestamp '9999-12-31' as known_to,
    cast(minimum_audio_milliseconds as bigint) as minimum_audio_milliseconds,
    false as is_free,
    $origin as origin,
{% for meter in meters %}
    cast({{ meter.name }} as decimal(24, 18)) as {{ meter.name }}_rate{{ "," if not loop.last }}
{% endfor %}
from raw_price
