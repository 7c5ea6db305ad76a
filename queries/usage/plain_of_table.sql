-- One row per row of a table file: the columns of a plain row. An empty cell says nothing.
select
    path,
    line_number,
    problem is null
    -- A patch would drop what is null in the tags.
    and not (contains(tags, 'null') and coalesce(surplus, '{}') <> '{}') is true as is_clean,
    id,
    nullif(occurred_at, '') as occurred_at,
    context,
    account_id,
    external_id,
    provider,
    coalesce(nullif(model, ''), model_id) as model,
    usage_type,
    description,
    case
        when nullif(tags, '') is null then nullif(surplus, '{}')
        when nullif(surplus, '{}') is null then tags
        when not json_valid(tags) then tags
        when json_type(tags) <> 'OBJECT' then tags
        else cast(json_merge_patch(surplus, tags) as varchar)
    end as tags,
{% for meter in plain %}
    coalesce(
        nullif({{ ((meter.name,) + meter.synonyms) | join(", ''), nullif(") }}, '')
    ) as {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
from raw
