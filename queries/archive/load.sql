-- One row per load that has records in archived months, as if it had brought nothing else.
with archived as (
    select
        load_id,
        count(*) as records,
        count(*) filter (price_id is null) as unpriced
    from usage_record
    where list_contains($months, cast(date_trunc('month', local_day) as date))
    group by load_id
)

select
    load.load_id,
    load.source,
    load.started_at,
    load.finished_at,
    load.files,
    archived.records as row_count,
    archived.records as appended,
    0 as duplicates,
    0 as rejected,
    archived.unpriced,
    0 as accounts_created,
    load.options,
    load.undone_at
from load
inner join archived on load.load_id = archived.load_id
