-- One row per price whose records of a month are not the same in its new files and in the table: in
-- number, in the sum of a meter (and so in cost, for the price is one) or in any other column.
with compared as (
    select
        1 as sign,
        record_id,
        load_id,
        occurred_at,
        recorded_at,
        local_day,
        context,
        account_id,
        transaction_id,
        provider,
        model,
        provider_as_sent,
        model_as_sent,
        usage_type,
        variant,
{% for meter in meters %}
        {{ meter.name }},
{% endfor %}
        billed_audio_milliseconds,
        other_meters,
        price_id,
        unpriced_reason,
        description,
        tags
    from usage_open
    where local_day >= cast($start_day as date) and local_day < cast($end_day as date)
    union all
    select
        -1 as sign,
        record_id,
        load_id,
        occurred_at,
        recorded_at,
        local_day,
        context,
        account_id,
        transaction_id,
        provider,
        model,
        provider_as_sent,
        model_as_sent,
        usage_type,
        variant,
{% for meter in meters %}
        {{ meter.name }},
{% endfor %}
        billed_audio_milliseconds,
        other_meters,
        price_id,
        unpriced_reason,
        description,
        tags
    from read_parquet($paths, hive_partitioning = false)
),

hashed as (
    select
        price_id,
        sign,
{% for meter in meters %}
        {{ meter.name }},
{% endfor %}
        billed_audio_milliseconds,
        cast(
            hash(
                record_id,
                load_id,
                occurred_at,
                recorded_at,
                local_day,
                context,
                account_id,
                transaction_id,
                provider,
                model,
                provider_as_sent,
                model_as_sent,
                usage_type,
                variant,
{% for meter in meters %}
                {{ meter.name }},
{% endfor %}
                billed_audio_milliseconds,
                other_meters,
                price_id,
                unpriced_reason,
                description,
                tags
            ) as hugeint
        ) as content
    from compared
)

select
    price_id,
    sum(sign) as row_count,
{% for meter in meters %}
    sum(sign * {{ meter.name }}) as {{ meter.name }},
{% endfor %}
    sum(sign * billed_audio_milliseconds) as billed_audio_milliseconds,
    sum(sign * content) as content
from hashed
group by price_id
having
    sum(sign) <> 0
{% for meter in meters %}
    or sum(sign * {{ meter.name }}) <> 0
{% endfor %}
    or sum(sign * billed_audio_milliseconds) <> 0
    or sum(sign * content) <> 0
