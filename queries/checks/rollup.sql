-- One row per roll-up cell whose sums are not those of its records: what one side has more is left.
with entry as (
    select
{{ cell_key() }},
        record_count as rolled_up,
        0 as recorded,
{{ quantities() }}
    from usage_delta
    union all
    select
{{ cell_key() }},
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
{{ cell_key() }}
having
    sum(rolled_up) <> sum(recorded)
{% for meter in meters %}
    or sum({{ meter.name }}) <> 0
{% endfor %}
    or sum(billed_audio_milliseconds) <> 0
