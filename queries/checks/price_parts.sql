-- One row per price with a rate for a part and none for what includes it: the part would have no
-- meaning.
with part (meter, whole) as (
    values
{% for meter in meters %}
{% for whole in meter.part_of + ((meter.priced_like,) if meter.priced_like else ()) %}
        ('{{ meter.name }}', '{{ whole }}'),
{% endfor %}
{% endfor %}
        (null, null)
)

select
    price.price_id,
    price.provider,
    price.model,
    part.meter,
    part.whole
from price_rate as rate
inner join part on rate.meter = part.meter
inner join price on rate.price_id = price.price_id
left join price_rate as whole
    on rate.price_id = whole.price_id and part.whole = whole.meter
where whole.meter is null
