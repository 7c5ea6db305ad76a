-- One row: a price of the book's owner, for requests of any size at any hour.
with given as (
    select
        cast($provider as varchar) as provider,
        cast($model as varchar) as model,
        cast($variant as varchar) as variant,
        cast(0 as bigint) as input_tokens_from,
        0 as window_start_second
)

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
                cast($effective_from as timestamp),
                strftime(cast($now as timestamp), '%Y-%m-%dT%H:%M:%S.%f')
            )
        ),
        16
    ) as price_id,
    provider,
    model,
    variant,
    input_tokens_from,
    9223372036854775807 as input_tokens_to,
    window_start_second,
    86400 as window_end_second,
    cast($effective_from as timestamp) as effective_from,
    cast($effective_to as timestamp) as effective_to,
    cast($now as timestamp) as known_from,
    timestamp '9999-12-31' as known_to,
    cast($minimum_audio_milliseconds as bigint) as minimum_audio_milliseconds,
    cast($is_free as boolean) as is_free,
    'book' as origin,
{% for meter in meters %}
    cast(${{ meter.name }}_rate as decimal(24, 18))
    as {{ meter.name }}_rate{{ "," if not loop.last }}
{% endfor %}
from given
