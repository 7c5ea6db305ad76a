-- One row per priced usage record with a meter that its price has no rate for: it would cost a
-- silent zero. What the book's owner once said costs nothing did when it was priced.
with rated as (
    select
        price_id,
{% for meter in meters if not meter.part_of or meter.needs_rate %}
        bool_or(meter = '{{ meter.name }}') as {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
    from price_rate
    group by price_id
)

select
    usage.record_id,
    usage.price_id
from usage_record as usage
cross join {{ ignored_meters(ever=true) }}
inner join price on usage.price_id = price.price_id
left join rated on usage.price_id = rated.price_id
where
    not price.is_free
    and (
{% for meter in meters if meter.name != "requests" and (not meter.part_of or meter.needs_rate) %}
        usage.{{ meter.name }} > 0 and not coalesce(rated.{{ meter.name }}, false) or
{% endfor %}
        usage.other_meters is not null
        -- Whether usage that nobody knows is free was the owner's to say.
        and len(
            list_filter(
                {{ unknown_meters("usage.") | indent(8) }},
                lambda each: each <> 'usage_unknown'
            )
        ) > 0
    )
