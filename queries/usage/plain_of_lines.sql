-- One row per JSON line: the columns of a plain row.
-- DuckDB takes NaN, Infinity and a comma before a closing bracket for JSON. They are looked for
-- only where they could stand: in tags, at the end, and for a short text.
select
    path,
    line_number,
    case
        when not is_clean then false
        when tags is not null and regexp_matches(line, ',\s*[}\]]') then false
        when regexp_matches(line, '[,\s]\}\s*$')
            then not regexp_matches(
                line, '^([^"]|"([^"\\]|\\.)*")*(,\s*[}\]]|(?i:nan|inf))'
            )
        when
            description is not null
            or strlen(id) < 10
            or strlen(account_id) < 10
            or strlen(external_id) < 10
            then not regexp_matches(
                concat_ws(',', id, account_id, external_id, description),
                '(?i)(^|,)-?(nan|inf|infinity)(,|$)'
            )
        else is_clean
    end as is_clean,
    id,
    occurred_at,
    context,
    account_id,
    external_id,
    provider,
    model,
    usage_type,
    description,
    tags,
{% for meter in plain %}
    {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
from plain_line
