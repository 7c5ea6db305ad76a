-- One row per row of another program's log: the columns that a plain row may have. It is clean
-- where it has no other.
select
    path,
    line_number,
    problem is null
    and coalesce(variant, '') = ''
    and transaction_id is null
    and other_meters is null
    and coalesce(requests, '1') = '1'
    and coalesce(
{% for meter in meters if not meter.is_common %}
        nullif({{ meter.name }}, '0'),
{% endfor %}
        nullif(audio_duration_seconds, '0')
    ) is null as is_clean,
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
from foreign_row
