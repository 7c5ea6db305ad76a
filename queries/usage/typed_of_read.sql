-- One row per record that was read from another program's log, and checked: typed like a plain
-- row.
select
    path,
    line_number,
    is_clean,
    record_id,
    occurred_at,
    account_id,
    external_id,
    provider,
    model,
    usage_type,
    description,
    tags,
    context,
    true as is_counted,
{% for meter in plain %}
    {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
from read_row
