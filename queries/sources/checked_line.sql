-- One row per line of a source that is not native: the line only where it is a JSON object.
with parsed as (
    select
        *,
        case when problem is null then try(json_type(line)) end as kind
    from source_line
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    case when kind = 'OBJECT' then line end as line,
    case
        when problem is not null then problem
        when kind is null then 'bad_json'
        when kind <> 'OBJECT' then 'not_an_object'
    end as problem
from parsed
