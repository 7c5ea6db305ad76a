-- One row: a price of the book's owner. It gives back its id.
with given as (
    select
        cast($provider as varchar) as provider,
        cast($model as varchar) as model,
        cast($variant as varchar) as variant,
        cast($input_tokens_from as bigint) as input_tokens_from,
        cast($window_days as varchar) as window_days,
        cast($window_start_second as integer) as window_start_second,
        cast($window_end_second as integer) as window_end_second,
        cast($window_zone as varchar) as window_zone,
        cast($effective_from as timestamp) as effective_from,
        strftime(cast($now as timestamp), '%Y-%m-%dT%H:%M:%S.%f') as known
)

insert into price (
{{ price_columns() }}
)
select
    {{ price_id_of("effective_from", "known") }} as price_id,
    provider,
    model,
    variant,
    input_tokens_from,
    cast($input_tokens_to as bigint) as input_tokens_to,
    window_days,
    window_start_second,
    window_end_second,
    window_zone,
    effective_from,
    cast($effective_to as timestamp) as effective_to,
    cast($now as timestamp) as known_from,
    timestamp '9999-12-31' as known_to,
    cast($minimum_audio_milliseconds as bigint) as minimum_audio_milliseconds,
    cast($is_free as boolean) as is_free,
    'book' as origin,
    null as facts
from given
returning price_id
