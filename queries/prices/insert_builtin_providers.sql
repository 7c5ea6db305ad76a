-- One row per provider of the built-in price file.
insert into provider (provider, position, name, model_match, provider_match, fallback, origin)
select
    line ->> '$.provider' as provider,
    cast(line_number as integer) as position,
    line ->> '$.name' as name,
    case
        when json_type(line, '$.model_match') = 'OBJECT' then line ->> '$.model_match'
    end as model_match,
    case
        when json_type(line, '$.provider_match') = 'OBJECT' then line ->> '$.provider_match'
    end as provider_match,
    line ->> '$.fallback' as fallback,
    'builtin' as origin
from source_line
