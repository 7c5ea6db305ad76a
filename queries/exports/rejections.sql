-- One row per input row that was not recorded.
select
    load_id,
    path,
    line,
    code,
    message,
    excerpt
from rejection
order by load_id, path, line
