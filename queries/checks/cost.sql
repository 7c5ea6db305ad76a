-- One row per usage record whose cost is not what its price makes of it, computed another way than
-- when it was recorded: each rate takes what no part of it with a rate of its own has taken.
with rate as (
    select
        price_id,
        any_value(divisor) as divisor,
{% for meter in meters %}
        max(rate) filter (meter = '{{ meter.name }}') as {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
    from unit_rate
    group by price_id
),

computed as (
    select
        usage.record_id,
        usage.price_id,
        usage.cost_usd,
        coalesce(rate.divisor, 1) as divisor,
        cast(
{% for meter in meters %}
{% set own %}rate.{{ meter.name }}{% endset %}
{% set like %}rate.{{ meter.priced_like }}{% endset %}
            {{ "+ " if not loop.first -}}
            coalesce({{ own }}{{ ", " ~ like if meter.priced_like }}, 0) * (
                usage.{{ meter.billed }}
{% for part in meters if meter.name in part.part_of %}
{% set own %}rate.{{ part.name }}{% endset %}
{% set like %}rate.{{ part.priced_like }}{% endset %}
                - if(coalesce({{ own }}{{ ", " ~ like if part.priced_like }}) is null,
                    0, usage.{{ part.name }})
{% endfor %}
{% for part in meters if part.is_overlap and part.total == meter.name %}
                + if(rate.{{ part.name }} is null, 0, usage.{{ part.name }})
{% endfor %}
            )
{% endfor %}
            as decimal(38, 18)
        ) as undivided_cost
    from usage_record as usage
    left join rate on usage.price_id = rate.price_id
)

select
    record_id,
    price_id,
    cost_usd,
    case
        when price_id is not null then {{ divided("undivided_cost", "divisor") | indent(4) }}
    end as computed_usd
from computed
where
    (price_id is null) <> (cost_usd is null)
    or price_id is not null
    and cost_usd <> {{ divided("undivided_cost", "divisor") }}
