-- One row per list of keys that lines of JSON have, in their order: how many lines have it.
with listed as (
    select try(json_keys(line)) as keys
    from source_line
    where problem is null
)

select
    keys,
    count(*) as line_count
from listed
where keys is not null
group by keys
order by line_count desc, keys
