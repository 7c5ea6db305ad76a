-- One row per record of an export of a book's usage (`export usage`, in any of its forms), so that
-- a book can be made again. An account is found by its external id; where it has none, by its id. A
-- cell that a spreadsheet would run has a quote before it, which is taken away.
-- Title: this program's own export of usage
-- Example: {"id": "call-7", "occurred_at": "2026-10-05T12:00:00.000000Z", "context": "system",
-- "provider": "openai", "model": "gpt-4o", "model_as_sent": "gpt-4o-2024-08-06",
-- "provider_as_sent": null, "usage_type": "text", "variant": "", "input_tokens": 1500,
-- "output_tokens": 500, "price_id": "price_1"}
with parsed as (
    select
        *,
        from_json(
            line,
            '{"id":"VARCHAR","occurred_at":"VARCHAR","context":"VARCHAR",
            "account_id":"VARCHAR","external_id":"VARCHAR","provider_as_sent":"VARCHAR",
            "model_as_sent":"VARCHAR","usage_type":"VARCHAR","variant":"VARCHAR",
            "description":"VARCHAR","tags":"VARCHAR","other_meters":"VARCHAR",
{%- for meter in meters %}"{{ meter.name }}":"VARCHAR"{{ "," if not loop.last }}{% endfor %}}'
        ) as record
    from log_line
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    line,
    problem,
    regexp_replace(record.id, '^''([=+@\t\r-])', '\1') as id,
    record.occurred_at as occurred_at,
    record.context as context,
    case when record.external_id is null then record.account_id end as account_id,
    regexp_replace(record.external_id, '^''([=+@\t\r-])', '\1') as external_id,
    record.provider_as_sent as provider,
    regexp_replace(record.model_as_sent, '^''([=+@\t\r-])', '\1') as model,
    record.usage_type as usage_type,
    record.variant as variant,
    regexp_replace(record.description, '^''([=+@\t\r-])', '\1') as description,
{% for meter in meters %}
    record.{{ meter.name }} as {{ meter.name }},
{% endfor %}
    record.other_meters as other_meters,
    record.tags as own_tags
from parsed
