-- One row per load, newest first.
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
    accounts_created
from load
order by load_id desc
