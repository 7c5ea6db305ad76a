-- One row per model of the built-in price file.
insert into model (provider, model, position, name, context_window, match, variants, origin)
select
    line ->> '$.provider' as provider,
    line ->> '$.model' as model,
    cast(line_number as integer) as position,
    line ->> '$.name' as name,
    cast(line ->> '$.context_window' as bigint) as context_window,
    case when json_type(line, '$.match') = 'OBJECT' then line ->> '$.match' end as match,
    line ->> '$.variants' as variants,
    'builtin' as origin
from source_line
