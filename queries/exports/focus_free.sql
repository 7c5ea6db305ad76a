-- One row per row of `metered` and meter that costs nothing since its model is free.
with counted as (
    unpivot (
        select
            line_key,
            price_id,
{% for meter in totals if meter.name != "requests" %}
            {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
        from metered
    )
    on
{% for meter in totals if meter.name != "requests" %}
        {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
    into name meter value quantity
)

select
    counted.line_key,
    counted.price_id,
    counted.meter,
    counted.quantity,
    cast(0 as decimal(24, 12)) as rate_usd,
    cast(1 as bigint) as per,
    cast(0 as decimal(38, 18)) as cost_usd
from counted
inner join price on counted.price_id = price.price_id
where price.is_free and counted.quantity <> 0
