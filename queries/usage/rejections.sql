-- One row per input row that was not recorded, newest load first.
select
    path,
    line,
    code,
    message,
    excerpt,
    load_id
from rejection
where
    ($load_id is null or load_id = $load_id)
    and ($code is null or code = $code)
order by load_id desc, path, line
limit $limit
