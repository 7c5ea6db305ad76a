-- One row per load, newest first; the one of a number only, where it is given.
select
    load_id,
    source,
    started_at,
    finished_at,
    files,
    row_count as rows,
    appended,
    duplicates,
    rejected,
    unpriced,
    accounts_created,
    options,
    undone_at
from load
where $load_id is null or load_id = $load_id
order by load_id desc
limit $limit
