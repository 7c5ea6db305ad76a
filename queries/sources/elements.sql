-- One row per row of a JSON document: the elements of a list, or the document itself.
with listed as (
    select
        path,
        line_number,
        id_scope,
        problem,
        case
            when problem is null and try(json_type(line)) = 'ARRAY'
                then cast(from_json(line, '["JSON"]') as varchar[])
            else [line]
        end as elements
    from source_line
)

select
    path,
    line_number,
    id_scope,
    problem,
    unnest(elements) as line,
    generate_subscripts(elements, 1) as position
from listed
