-- One row per single record that is not rolled up yet: what it changes of its roll-up cell.
select
{{ cell_key("usage.") }},
    1 as record_count,
{{ quantities("usage.") }},
    cast(
{% for meter in meters %}
        {{ "+ " if not loop.first }}usage.{{ meter.billed }} * rate.{{ meter.name }}
{% endfor %}
        as decimal(38, 18)
    ) as cost_usd
from usage_open as usage
inner join recording on usage.load_id = recording.load_id
left join marginal_rate as rate on usage.price_id = rate.price_id
