-- One row per roll-up cell whose sums are not those of its records: what one side has more is left.
with entry as (
    select
        local_day,
        context,
        account_id,
        usage_type,
        provider,
        model,
        variant,
        price_id,
        record_count as rolled_up,
        0 as recorded,
{% for meter in meters %}
        {{ meter.name }},
{% endfor %}
        billed_audio_milliseconds
    from usage_delta
    union all
    select
        local_day,
        context,
        account_id,
        usage_type,
        provider,
        model,
        variant,
        price_id,
        0 as rolled_up,
        1 as recorded,
{% for meter in meters %}
        -{{ meter.name }} as {{ meter.name }},
{% endfor %}
        -billed_audio_milliseconds as billed_audio_milliseconds
    from usage_record
)

select
    local_day,
    account_id,
    model,
    cast(sum(rolled_up) as bigint) as rolled_up,
    cast(sum(recorded) as bigint) as recorded
from entry
group by
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    price_id
having
    sum(rolled_up) <> sum(recorded)
{% for meter in meters %}
    or sum({{ meter.name }}) <> 0
{% endfor %}
    or sum(billed_audio_milliseconds) <> 0
