-- One row per price of the owner, day and meter: the list price of the provider on that day. It is
-- the built-in price which the book held for right last, where one such price holds for requests
-- of every size and all day long. Where there is none, the list price is not known.
with used as (
    select distinct
        line_key.local_day as local_day,
        line_key.price_id as price_id
    from focus_metered
),

candidate as (
    select
        used.local_day,
        used.price_id,
        list_price.price_id as list_price_id,
        list_price.known_to,
        max(list_price.known_to) over (
            partition by used.local_day, used.price_id
        ) as last_known_to
    from used
    inner join price as own on used.price_id = own.price_id
    inner join price as list_price
        on
            own.provider = list_price.provider
            and own.model = list_price.model
            and own.variant = list_price.variant
            and used.local_day >= list_price.effective_from
            and used.local_day < list_price.effective_to
    where
        own.origin not like 'genai-prices%'
        and list_price.origin like 'genai-prices%'
),

only_one as (
    select
        local_day,
        price_id,
        min(list_price_id) as list_price_id
    from candidate
    where known_to = last_known_to
    group by
        local_day,
        price_id
    having count(*) = 1
),

-- A part without a rate of its own costs what includes it, or what is like it.
source (meter, step, rated_as) as (
    values
{% for meter in meters %}
        ('{{ meter.name }}', 0, '{{ meter.name }}'),
{% if meter.priced_like %}
        ('{{ meter.name }}', 1, '{{ meter.priced_like }}'),
{% endif %}
{% for whole in meter.part_of %}
        ('{{ meter.name }}', {{ loop.index + 1 }}, '{{ whole }}'),
{% endfor %}
        ('{{ meter.name }}', 9, '{{ meter.total }}'){{ "," if not loop.last }}
{% endfor %}
),

applicable as (
    select
        only_one.local_day,
        only_one.price_id,
        source.meter,
        unit_rate.rate,
        unit_rate.divisor,
        row_number() over (
            partition by only_one.local_day, only_one.price_id, source.meter
            order by source.step
        ) as choice
    from only_one
    inner join unit_rate on only_one.list_price_id = unit_rate.price_id
    inner join source on unit_rate.meter = source.rated_as
)

select
    local_day,
    price_id,
    meter,
    rate as unit_rate,
    divisor
from applicable
where choice = 1
