-- One row per new plain record, in the order of accounts. Only what differs from row to row is
-- sorted; the rest is put beside it afterwards: a name and a price are the numbers of their rows.
insert into usage_open (
{{ usage_columns() }}
)
with sorted as (
    select plain.* exclude (path, line_number, content_hash, id_hash, is_plain, new_external_id)
    from plain
    anti join verdict on plain.path = verdict.path and plain.line_number = verdict.line_number
    order by plain.account_id, plain.occurred_at
)

select
    sorted.record_id,
    $load_id as load_id,
    sorted.occurred_at,
    $recorded_at as recorded_at,
    sorted.local_day,
    sorted.context,
    sorted.account_id,
    null as transaction_id,
    name.provider,
    name.model,
    nullif(name.provider_as_sent, '') as provider_as_sent,
    name.model_as_sent,
    sorted.usage_type,
    '' as variant,
{% for name in counted %}
{% set own = "sorted." ~ name if name in common_names else "0" %}
    {{ "1" if name == "requests" else own }} as {{ name }},
{% endfor %}
    null as other_meters,
    price.price_id,
    null as unpriced_reason,
    sorted.description,
    sorted.tags,
    sorted.cost_usd
from sorted
left join model_name as name on sorted.name_row = name.rowid
left join price on sorted.price_row = price.rowid
