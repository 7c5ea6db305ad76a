-- One row per file of a part: how many records of it the part has.
select
    path,
    count(*) as records
from source_line
group by path
