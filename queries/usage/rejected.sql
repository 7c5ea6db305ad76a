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
{% for code, message in messages.items() %}
        when '{{ code }}'
            then replace('{{ message | replace("'", "''") }}', '{}', coalesce(detail, ''))
{% endfor %}
        else code
    end as message,
    coalesce(excerpt, '') as excerpt
from found
