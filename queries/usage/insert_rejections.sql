-- One row per input row that was not recorded.
insert into rejection (load_id, path, line, code, message, excerpt)
select
    $load_id as load_id,
    path,
    line_number,
    code,
    message,
    excerpt
from rejected
order by path, line_number
