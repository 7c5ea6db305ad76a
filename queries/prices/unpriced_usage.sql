-- One row per usage record that has no price, of open and of closed months: with the counts that
-- its owner has answered, where those that were sent are in doubt.
select
    usage.record_id,
    usage.local_day,
    usage.context,
    usage.account_id,
    usage.occurred_at,
    usage.usage_type,
    usage.variant,
    usage.provider as old_provider,
    usage.model as old_model,
    usage.unpriced_reason as old_reason,
    usage.provider_as_sent,
    usage.model_as_sent,
{% for meter in meters %}
    case
        when answer.record_id is null then usage.{{ meter.name }}
        else coalesce(
            cast(json_extract(answer.meters, '/{{ meter.name }}') as bigint),
            {{ 1 if meter.name == "requests" else 0 }}
        )
    end as {{ meter.name }},
{% endfor %}
    case
        when answer.record_id is null then usage.other_meters
        else nullif(
            '{'
            || array_to_string(
                list_filter(
                    regexp_extract_all(usage.other_meters, '"[^"]+":[0-9]+'),
                    lambda counter: not regexp_matches(counter, {{ doubt() }})
                ),
                ','
            )
            || '}',
            '{}'
        )
    end as other_meters
from usage_record as usage
left join usage_answer as answer
    on
        usage.record_id = answer.record_id
        -- A log that was corrected since it was answered says what was used.
        and (
            regexp_matches(usage.other_meters, {{ doubt() }})
            or usage.unpriced_reason = 'too_large'
        )
where usage.price_id is null
