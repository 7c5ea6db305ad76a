-- One row per load, newest first; the one of a number only, where it is given.
select
    load.load_id,
    source,
    started_at,
    finished_at,
    files,
    row_count + coalesce(single.records, 0) as rows,
    appended + coalesce(single.records, 0) as appended,
    duplicates,
    rejected,
    unpriced,
    accounts_created,
    options,
    undone_at
from load
left join (
    select
        usage_open.load_id,
        count(*) as records
    from usage_open
    inner join recording on usage_open.load_id = recording.load_id
    group by usage_open.load_id
) as single on load.load_id = single.load_id
where $load_id is null or load.load_id = $load_id
order by load.load_id desc
limit $limit
