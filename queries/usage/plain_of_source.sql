-- One row per row of a table file: the columns that a plain row may have.
select
    path,
    line_number,
    problem is null as is_clean,
    id,
    occurred_at,
    context,
    account_id,
    external_id,
    provider,
    model,
    usage_type,
    description,
    tags,
{% for meter in plain %}
    {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
from source_row
