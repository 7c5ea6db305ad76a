-- One row per usage record whose parts exceed their totals, or with a negative quantity.
select record_id
from usage_record
where
{% for rule in part_rules %}
    {{ rule.parts | join(" + ") }} > {{ rule.whole }} or
{% endfor %}
{% for meter in meters if meter.billed != meter.name %}
    {{ meter.billed }} < {{ meter.name }} or
{% endfor %}
    least(
{{ quantities() }}
    ) < 0
