-- One row per row whose columns are text: typed as the rule book would, where it may be plain.
with keyed as (
    select
        *,
        case when tags <> '{}' then try(json_keys(tags)) end as tag_keys
    from plain_row
)

select
    path,
    line_number,
    is_clean
{% for name in ("id", "account_id", "external_id", "provider", "description") %}
    and coalesce(not starts_with({{ name }}, '{') and not starts_with({{ name }}, '['), true)
{% endfor %}
    and case
        when coalesce(tags, '{}') = '{}' then true
        -- What is not sorted yet, or could be written in another way, is for the rule book.
        when regexp_matches(tags, '\\|[{,:\[]\s|\s[},:\]]|[0-9][eE][+-]?[0-9]+[,}\]]|-0[,}\]]')
            then false
        when regexp_matches(tags, '^([^"]|"([^"\\]|\\.)*")*(,\s*[}\]]|(?i:nan|inf))') then false
        else len(tag_keys) > 0 and tag_keys = list_sort(list_distinct(tag_keys))
    end as is_clean,
    nullif(id, '') as record_id,
    case
        when
            regexp_full_match(
                occurred_at,
                '\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.]\d{1,6})?'
                || '(Z|[+-](0\d|1[0-4]):[0-5]\d)'
            )
            then make_timestamp(epoch_us(try_cast(occurred_at as timestamptz)))
    end as occurred_at,
    nullif(account_id, '') as account_id,
    nullif(external_id, '') as external_id,
    nullif(lower(trim(provider)), '') as provider,
    trim(model) as model,
    coalesce(nullif(usage_type, ''), 'text') as usage_type,
    nullif(description, '') as description,
    nullif(tags, '{}') as tags,
    coalesce(
        nullif(context, ''),
        case when account_id <> '' or external_id <> '' then 'customer' end
    ) as context,
    coalesce({{ plain | map(attribute="name") | join(", ") }}) is not null as is_counted,
{% for meter in plain %}
    case
        when {{ meter.name }} is null then 0
        when regexp_full_match({{ meter.name }}, '[0-9]{1,15}')
            then cast({{ meter.name }} as bigint)
    end as {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
from keyed
