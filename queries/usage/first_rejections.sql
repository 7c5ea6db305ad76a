-- One row per rejected row of a load, the first few.
select
    path,
    line as line_number,
    code,
    message,
    excerpt
from rejection
where load_id = $load_id
order by path, line
limit 5
