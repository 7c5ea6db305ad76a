-- One row per roll-up cell: what comes to it.
insert into usage_daily_delta (
{{ cell_key() }},
    record_count,
{{ quantities() }},
    cost_usd
)
with cell as (
    select
{{ cell_key() }},
        count(*) as record_count,
{% for meter in meters %}
        sum({{ meter.name }}) as {{ meter.name }},
{% endfor %}
        sum(billed_audio_milliseconds) as billed_audio_milliseconds
    from changed
    group by
{{ cell_key() }}
)

select
{{ cell_key("usage.") }},
    usage.record_count,
{{ quantities("usage.") }},
    cast(
{% for meter in meters %}
        {{ "+ " if not loop.first }}usage.{{ meter.billed }} * rate.{{ meter.name }}
{% endfor %}
        as decimal(38, 18)
    ) as cost_usd
from cell as usage
left join marginal_rate as rate on usage.price_id = rate.price_id
