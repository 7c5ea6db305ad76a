-- One row per JSON line: the columns of a plain row.
-- A number where a text stands, or a decimal of a tag, is written anew by DuckDB (1.10 becomes 1.1,
-- 1e3 becomes 1000.0), and a key that an inner object has twice is kept: the rule book reads those.
-- DuckDB takes NaN, Infinity and a comma before a closing bracket for JSON. They are looked for
-- only where they could stand: in tags, at the end, and for a short text.
select
    path,
    line_number,
    case
        when not is_clean then false
        when
            regexp_matches(line, '(":|[\[,])\s*-?[0-9]+[.eE]')
            and (
                tags is not null
                and not contains(replace(line, ' ', ''), replace(tags, ' ', ''))
{% for name in ("id", "account_id", "external_id", "provider", "model", "description") %}
                or regexp_full_match(
                    {{ name }}, '-?[0-9]+([.][0-9]+([eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)'
                )
{% endfor %}
            )
            then false
        when regexp_matches(tags, '.[{]') then false
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
