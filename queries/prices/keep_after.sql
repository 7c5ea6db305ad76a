-- One row per price that holds again after the new price ends. Nothing is edited: this is a new
-- row, known from now on.
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
                variant,
                input_tokens_from,
                window_start_second,
                cast($effective_to as timestamp),
                strftime(cast($now as timestamp), '%Y-%m-%dT%H:%M:%S.%f')
            )
        ),
        16
    ) as price_id,
    provider,
    model,
    variant,
    input_tokens_from,
    input_tokens_to,
    window_start_second,
    window_end_second,
    cast($effective_to as timestamp) as effective_from,
    effective_to as effective_to,
    cast($now as timestamp) as known_from,
    known_to,
    minimum_audio_milliseconds,
    is_free,
    origin,
{% for meter in meters %}
    {{ meter.name }}_rate{{ "," if not loop.last }}
{% endfor %}
from price
where
    provider = $provider
    and model = $model
    and variant = $variant
    and known_to = timestamp '9999-12-31'
    and effective_from < cast($effective_to as timestamp)
    and effective_to > cast($effective_to as timestamp)
