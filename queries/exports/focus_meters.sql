-- One row per meter: what FOCUS calls it and its units. A price is for `per` of what is stored; so
-- many are one pricing unit. Audio is stored in milliseconds and stated in seconds.
{% set shares = {1000: "0.001", 1000000: "0.000001"} %}
{% set plurals = {"search": "Searches"} %}
with meter (position, meter, sku_meter, unit, per, to_consumed, to_pricing) as (
    values
{% for meter in meters %}
{% set unit = plurals.get(meter.unit, meter.unit | title ~ "s") %}
{% set per = 1000 if meter.seconds else [meter.per, 1000000] | min %}
{% set per = per if per in shares else 1 %}
        (
            {{ loop.index }},
            '{{ meter.name }}',
            '{{ meter.label }}',
            '{{ "Seconds" if meter.seconds else unit }}',
            {{ per }},
            {{ "0.001" if meter.seconds else 1 }},
            {{ shares.get(per, 1) }}
        ){{ "," if not loop.last }}
{% endfor %}
)

select
    cast(position as integer) as position,
    meter,
    sku_meter,
    unit as consumed_unit,
    cast(to_consumed as decimal(4, 3)) as to_consumed,
    case when unit = 'Seconds' or per = 1 then unit else per || ' ' || unit end as pricing_unit,
    cast(per as integer) as per,
    cast(to_pricing as decimal(7, 6)) as to_pricing
from meter
