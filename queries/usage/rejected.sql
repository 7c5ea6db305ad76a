-- One row per input row that was rejected, with a sentence for people.
with refused as (
    select
        path,
        line_number,
        rejection_code as code,
        rejection_detail as detail,
        excerpt
    from staged
    where rejection_code is not null
    union all
    select
        path,
        line_number,
        verdict as code,
        record_id as detail,
        null as excerpt
    from verdict
    where verdict = 'id_conflict'
),

found as (
    select
        refused.path,
        refused.line_number,
        refused.code,
        refused.detail,
        coalesce(refused.excerpt, conflict_text.excerpt) as excerpt
    from refused
    left join conflict_text
        on
            refused.path = conflict_text.path
            and refused.line_number = conflict_text.line_number
)

select
    path,
    line_number,
    code,
    case code
        when 'bad_json' then 'the line is not valid JSON'
        when 'not_an_object' then 'the line is JSON, but not an object'
        when 'line_too_long' then 'the line is longer than 16 MB'
        when 'too_many_keys' then 'the object has more than 256 keys that nothing knows'
        when 'bad_columns' then 'the row has more or fewer cells than there are headings'
        when 'bad_encoding' then 'the line is not valid UTF-8'
        when 'bad_text' then 'an id, name, type or description must be text, not an object or list'
        when 'repeated_key' then 'a key is given twice, or in two spellings'
        when 'bad_time'
            then 'occurred_at must be ISO 8601 like 2026-10-31T12:00:00Z, or a Unix time, got '
                || detail
        when 'missing_time'
            then 'occurred_at is missing; where no row says it,'
                || ' --set occurred_at=2026-10-31T12:00:00Z says it for all rows of a load'
        when 'time_too_early' then 'occurred_at is before 2015: ' || detail
        when 'time_in_future' then 'occurred_at is in the future: ' || detail
        when 'missing_model' then 'model (or model_id) is missing'
        when 'missing_account'
            then 'account_id or external_id is missing; usage of your own is context system'
        when 'bad_context' then 'context must be customer or system, got ' || detail
        when 'unknown_account'
            then 'there is no account ' || detail || '; create it, or load with --create-accounts'
        when 'account_mismatch' then 'account_id and external_id are two accounts: ' || detail
        when 'unknown_transaction' then 'there is no transaction ' || detail
        when 'transaction_mismatch' then 'the transaction ' || detail || ' is of another account'
        when 'bad_count' then detail || ' must be a whole number of at most 15 digits, 0 or more'
        when 'bad_duration'
            then 'audio_duration_seconds must be a number of seconds, 0 or more, got ' || detail
        when 'bad_usage_type'
            then 'usage_type must be one of {{ usage_types | join(", ") }}, got ' || detail
        when 'bad_variant' then 'variant must be pairs like service_tier=flex, got ' || detail
        when 'bad_tags' then 'tags must be a JSON object'
        when 'bad_other_meters' then 'other_meters must be a JSON object of whole numbers'
{% for rule in part_rules %}
        when '{{ rule.code }}' then '{{ rule.message }}'
{% endfor %}
        when 'missing_usage'
            then 'the row says nothing of its usage, so what it cost is unknown'
                || coalesce(
                    '; ' || detail || ' looks like it: load with --map ''input_tokens=' || detail
                    || ''', or the meter that it is',
                    ''
                )
        when 'bad_usage' then 'a part of the usage is no object, so what it cost is unknown'
        when 'id_conflict' then 'the id ' || detail || ' is already recorded with other content'
        else code
    end as message,
    coalesce(excerpt, '') as excerpt
from found
