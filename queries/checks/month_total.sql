-- One row per month and roll-up cell without its day whose total is not the sum of its days.
with cell as (
    select
        cast(date_trunc('month', local_day) as date) as month,
{{ month_key() }},
        sum(record_count) as record_count,
{% for name in counted %}
        sum({{ name }}) as {{ name }},
{% endfor %}
        sum(cost_usd) as cost_usd
    from usage_daily_delta
    where is_compacted
    group by
        month,
{{ month_key() }}
)

select
    coalesce(total.month, cell.month) as month,
    coalesce(total.account_id, cell.account_id) as account_id,
    coalesce(total.model, cell.model) as model,
    total.record_count as in_total,
    cell.record_count as in_days
from usage_month_total as total
full outer join cell
    on
        total.month = cell.month
        and total.context is not distinct from cell.context
        and total.account_id is not distinct from cell.account_id
        and total.usage_type is not distinct from cell.usage_type
        and total.provider is not distinct from cell.provider
        and total.model is not distinct from cell.model
        and total.variant is not distinct from cell.variant
        and total.price_id is not distinct from cell.price_id
where
    total.record_count is distinct from cell.record_count
{% for name in counted %}
    or total.{{ name }} is distinct from cell.{{ name }}
{% endfor %}
    or total.cost_usd is distinct from cell.cost_usd
