-- One row per record that is priced, or whose reason changed. Its counts are what they were, unless
-- its owner has answered.
update usage_open
set
    provider = changed.provider,
    model = changed.model,
    price_id = changed.price_id,
    unpriced_reason = changed.unpriced_reason,
    cost_usd = changed.cost_usd,
    other_meters = changed.other_meters,
{% for meter in meters %}
    {{ meter.name }} = changed.{{ meter.name }},
{% endfor %}
{% for meter in meters if meter.billed != meter.name %}
    {{ meter.billed }} = changed.{{ meter.billed }}{{ "," if not loop.last }}
{% endfor %}
from changed
where usage_open.record_id = changed.record_id
