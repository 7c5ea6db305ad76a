-- One row per row of a CSV or Parquet file whose columns are named as ours and text; empty cells
-- are absent.
select
    path,
    line_number,
    id_scope,
    excerpt,
    problem,
    nullif(id, '') as id,
    nullif(occurred_at, '') as occurred_at,
    nullif(context, '') as context,
    nullif(account_id, '') as account_id,
    nullif(external_id, '') as external_id,
    nullif(transaction_id, '') as transaction_id,
    nullif(provider, '') as provider,
    nullif(usage_type, '') as usage_type,
    nullif(variant, '') as variant,
    nullif(description, '') as description,
    nullif(audio_duration_seconds, '') as audio_duration_seconds,
{% for meter in meters %}
    coalesce(
        nullif({{ ((meter.name,) + meter.synonyms) | join(", ''), nullif(") }}, '')
    ) as {{ meter.name }},
{% endfor %}
    nullif(other_meters, '') as other_meters,
    coalesce(nullif(model, ''), nullif(model_id, '')) as model,
    case
        when nullif(tags, '') is null then nullif(surplus, '{}')
        when nullif(surplus, '{}') is null then tags
        when not json_valid(tags) then tags
        when json_type(tags) <> 'OBJECT' then tags
        else cast(json_merge_patch(surplus, tags) as varchar)
    end as tags
from raw
