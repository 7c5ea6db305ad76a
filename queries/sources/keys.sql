-- One row per key that a line of JSON has.
select distinct unnest(try(json_keys(line))) as key
from source_line
where problem is null
order by key
