-- One row per roll-up cell whose sums are not those of its records: what one side has more is left.
with entry as (
    select
{{ cell_key() }},
        record_count as rolled_up,
        0 as recorded,
{{ quantities() }},
        cost_usd
    from usage_delta
    union all
    select
{{ cell_key() }},
        0 as rolled_up,
        1 as recorded,
{% for name in counted %}
        -{{ name }} as {{ name }},
{% endfor %}
        -cost_usd as cost_usd
    from usage_record
)

select
    local_day,
    account_id,
    model,
    cast(sum(rolled_up) as bigint) as rolled_up,
    cast(sum(recorded) as bigint) as recorded
from entry
group by
{{ cell_key() }}
having
    sum(rolled_up) <> sum(recorded)
{% for name in counted %}
    or sum({{ name }}) <> 0
{% endfor %}
    or sum(cost_usd) <> 0
