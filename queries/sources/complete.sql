-- One row per record of a source that is not native, with every column of a load: null where the
-- source has none of it. `own_tags` are those of another book, kept as they are.
select *
from mapped
union all by name
select
    cast(null as varchar) as path,
    cast(null as bigint) as line_number,
    cast(null as varchar) as id_scope,
    cast(null as varchar) as excerpt,
    cast(null as varchar) as line,
    cast(null as varchar) as problem,
    cast(null as varchar) as id,
    cast(null as varchar) as occurred_at,
    cast(null as varchar) as context,
    cast(null as varchar) as account_id,
    cast(null as varchar) as external_id,
    cast(null as varchar) as transaction_id,
    cast(null as varchar) as provider,
    cast(null as varchar) as model,
    cast(null as varchar) as usage_type,
    cast(null as varchar) as variant,
    cast(null as varchar) as description,
    cast(null as varchar) as audio_duration_seconds,
{% for meter in meters %}
    cast(null as varchar) as {{ meter.name }},
{% endfor %}
    cast(null as varchar) as other_meters,
    cast(null as varchar) as tags,
    cast(null as varchar) as own_tags
where false
