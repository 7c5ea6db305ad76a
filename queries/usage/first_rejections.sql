-- One row per rejected row, the first few.
select
    path,
    line_number,
    code,
    message,
    excerpt
from rejected
order by path, line_number
limit 5
