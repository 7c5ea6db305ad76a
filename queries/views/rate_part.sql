-- One row per price, counted meter and rate that applies to it: how often (1 or -1). A part with a
-- rate of its own is taken out of what includes it, so a count of it adds itself there and takes
-- itself out here; what two parts share was taken out twice and comes back once.
with part (meter, whole) as (
    values
{% for meter in meters if meter.part_of and not meter.is_overlap %}
        ('{{ meter.name }}', '{{ meter.total }}'){{ "," if not loop.last }}
{% endfor %}
),

overlap (meter, whole, total) as (
    values
{% for meter in meters if meter.is_overlap %}
{% set outer = loop %}
{% for whole in meter.part_of %}
        ('{{ meter.name }}', '{{ whole }}', '{{ meter.total }}')
{{- "" if outer.last and loop.last else "," }}
{% endfor %}
{% endfor %}
),

likeness (meter, model) as (
    values
{% for meter in meters if meter.priced_like %}
        ('{{ meter.name }}', '{{ meter.priced_like }}'){{ "," if not loop.last }}
{% endfor %}
),

priced as (
    select
        price_id,
        meter,
        meter as rated_as
    from price_rate
    union all
    select
        rate.price_id,
        likeness.meter,
        rate.meter as rated_as
    from price_rate as rate
    inner join likeness on rate.meter = likeness.model
    left join price_rate as own
        on rate.price_id = own.price_id and likeness.meter = own.meter
    where own.meter is null
),

shared as (
    select
        priced.price_id,
        priced.meter,
        overlap.total,
        rate.meter as whole
    from priced
    inner join overlap on priced.meter = overlap.meter
    left join price_rate as rate
        on priced.price_id = rate.price_id and overlap.whole = rate.meter
),

share as (
    select
        price_id,
        meter,
        total,
        count(whole) as wholes
    from shared
    group by price_id, meter, total
)

select
    price_id,
    meter,
    rated_as,
    cast(1 as integer) as sign
from priced
union all
select
    priced.price_id,
    priced.meter,
    rate.meter as rated_as,
    cast(-1 as integer) as sign
from priced
inner join part on priced.meter = part.meter
inner join price_rate as rate
    on priced.price_id = rate.price_id and part.whole = rate.meter
union all
select
    price_id,
    meter,
    whole as rated_as,
    cast(-1 as integer) as sign
from shared
where whole is not null
union all
select
    share.price_id,
    share.meter,
    rate.meter as rated_as,
    cast(share.wholes - 1 as integer) as sign
from share
inner join price_rate as rate
    on share.price_id = rate.price_id and share.total = rate.meter
where share.wholes <> 1
