-- One row per piece of a price that still holds beside the new one: before it begins, after it
-- ends, and where the new one has hours of its own, the rest of the day and of the week.
with replaced as (
    select *
    from price
    where
    {{ is_replaced() }}
),

span as (
    select
        *,
        greatest(effective_from, cast($effective_from as timestamp)) as shared_from,
        least(effective_to, cast($effective_to as timestamp)) as shared_to,
        {{ is_whole_day() }} as is_whole_day,
        regexp_replace('1234567', '[' || $window_days || ']', '', 'g') as other_days
    from replaced
),

piece as (
    select
        price_id,
        effective_from,
        cast($effective_from as timestamp) as effective_to,
        window_days,
        window_start_second,
        window_end_second,
        window_zone
    from replaced
    where effective_from < cast($effective_from as timestamp)
    union all
    select
        price_id,
        cast($effective_to as timestamp) as effective_from,
        effective_to,
        window_days,
        window_start_second,
        window_end_second,
        window_zone
    from replaced
    where effective_to > cast($effective_to as timestamp)
    union all
    select
        price_id,
        shared_from as effective_from,
        shared_to as effective_to,
        $window_days as window_days,
        0 as window_start_second,
        $window_start_second as window_end_second,
        $window_zone as window_zone
    from span
    where is_whole_day and $window_start_second > 0
    union all
    select
        price_id,
        shared_from as effective_from,
        shared_to as effective_to,
        $window_days as window_days,
        $window_end_second as window_start_second,
        86400 as window_end_second,
        $window_zone as window_zone
    from span
    where is_whole_day and $window_end_second < 86400
    union all
    select
        price_id,
        shared_from as effective_from,
        shared_to as effective_to,
        other_days as window_days,
        0 as window_start_second,
        86400 as window_end_second,
        $window_zone as window_zone
    from span
    where is_whole_day and other_days <> ''
),

named as (
    select
        piece.*,
        price.provider,
        price.model,
        price.variant,
        price.input_tokens_from,
        price.input_tokens_to,
        price.known_to,
        price.minimum_audio_milliseconds,
        price.is_free,
        price.origin,
        price.facts,
        strftime(cast($now as timestamp), '%Y-%m-%dT%H:%M:%S.%f') as known
    from piece
    inner join price on piece.price_id = price.price_id
)

select
    price_id as old_price_id,
    {{ price_id_of("effective_from", "known") }} as price_id,
{{ listed(price[1:-6]) }},
    cast($now as timestamp) as known_from,
    timestamp '9999-12-31' as known_to,
    minimum_audio_milliseconds,
    is_free,
    origin,
    facts
from named
