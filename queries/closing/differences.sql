-- One row per price whose records of a month are not the same in its new files and in the table: in
-- number, in the sum of a meter or of the cost, or in any other column.
with compared as (
    select
        1 as sign,
{{ usage_columns() }}
    from usage_open
    where local_day >= cast($start_day as date) and local_day < cast($end_day as date)
    union all
    select
        -1 as sign,
{{ usage_columns() }}
    from read_parquet($paths, hive_partitioning = false)
),

hashed as (
    select
        price_id,
        sign,
{{ quantities() }},
        cost_usd,
        cast(
            hash(
{{ usage_columns() }}
            ) as hugeint
        ) as content
    from compared
)

select
    price_id,
    sum(sign) as row_count,
{% for name in counted %}
    sum(sign * {{ name }}) as {{ name }},
{% endfor %}
    sum(sign * cost_usd) as cost_usd,
    sum(sign * content) as content
from hashed
group by price_id
having
    sum(sign) <> 0
{% for name in counted %}
    or sum(sign * {{ name }}) <> 0
{% endfor %}
    or sum(sign * cost_usd) <> 0
    or sum(sign * content) <> 0
