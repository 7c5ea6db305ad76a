-- No rows: the file of a closed month is missing, and whoever reads records is told so. The engine
-- writes its path in. The row that is asked first is there always, so none is read without it.
select
    usage_open.record_id,
    usage_open.load_id,
    usage_open.occurred_at,
    usage_open.recorded_at,
    usage_open.local_day,
    usage_open.context,
    usage_open.account_id,
    usage_open.transaction_id,
    usage_open.provider,
    usage_open.model,
    usage_open.provider_as_sent,
    usage_open.model_as_sent,
    usage_open.usage_type,
    usage_open.variant,
{% for meter in meters %}
    usage_open.{{ meter.name }},
{% endfor %}
    usage_open.billed_audio_milliseconds,
    usage_open.other_meters,
    usage_open.price_id,
    usage_open.unpriced_reason,
    usage_open.description,
    usage_open.tags
from (
    select 1 as answer
    where error($missing_file) is null
) as asked
left join usage_open on asked.answer = 1
