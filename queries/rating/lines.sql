-- One row per row of `metered` and rate of its price that applies to it: the quantity that the rate
-- applies to. A part with a rate of its own is taken out of its total; without one it stays there.
-- What a row's lines cost is what its records cost: where a rate has no end as a decimal the costs
-- of records were rounded one by one, and the first line of such a rate takes what is left of that:
-- any other line is quantity x rate to the last digit.
with counted as (
    unpivot (
        select
            line_key,
            price_id,
            cost_usd,
{% for meter in meters %}
            {{ meter.billed }} as {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
        from metered
    )
    on
{% for meter in meters %}
        {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
    into name meter value quantity
),

position (meter, position) as (
    values
{% for meter in meters %}
        ('{{ meter.name }}', {{ loop.index }}){{ "," if not loop.last }}
{% endfor %}
),

measured as (
    select
        counted.line_key,
        counted.price_id,
        counted.cost_usd,
        part.rated_as as meter,
        cast(sum(part.sign * counted.quantity) as bigint) as quantity
    from counted
    inner join rate_part as part
        on counted.price_id = part.price_id and counted.meter = part.meter
    where counted.quantity <> 0
    group by
        counted.line_key,
        counted.price_id,
        counted.cost_usd,
        part.rated_as
    having sum(part.sign * counted.quantity) <> 0
),

multiplied as (
    select
        measured.line_key,
        measured.price_id,
        measured.cost_usd as whole_usd,
        position.position,
        measured.meter,
        measured.quantity,
        price_rate.amount,
        price_rate.per,
        unit_rate.divisor,
        cast(price_rate.amount * 1000000000000 as hugeint) * 1000000 % price_rate.per <> 0
            as is_endless,
        cast(measured.quantity * unit_rate.rate as decimal(38, 18)) as undivided_cost
    from measured
    inner join position on measured.meter = position.meter
    inner join price_rate
        on measured.price_id = price_rate.price_id and measured.meter = price_rate.meter
    inner join unit_rate
        on measured.price_id = unit_rate.price_id and measured.meter = unit_rate.meter
),

costed as (
    select
        * exclude (undivided_cost),
        {{ divided("undivided_cost", "divisor") | indent(4) }} as cost_usd
    from multiplied
)

select
    line_key,
    price_id,
    position,
    meter,
    quantity,
    amount as rate_usd,
    per,
    cast(
        case
            when is_endless and row_number() over same_line = 1
                then cost_usd + whole_usd - sum(cost_usd) over (partition by line_key, price_id)
            else cost_usd
        end as decimal(38, 18)
    ) as cost_usd
from costed
window same_line as (
    partition by line_key, price_id
    order by is_endless desc, position
)
