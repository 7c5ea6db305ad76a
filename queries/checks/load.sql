-- One row per load whose counts do not add up, or whose records or rejections are not there.
with record as (
    select
        load_id,
        count(*) as records
    from usage_record
    group by load_id
),

refused as (
    select
        load_id,
        count(*) as rejections
    from rejection
    group by load_id
)

select
    load.load_id,
    load.appended,
    record.records,
    load.rejected,
    refused.rejections
from load
full outer join record on load.load_id = record.load_id
left join refused on load.load_id = refused.load_id
where
    load.load_id is null
    or load.load_id not in (select recording.load_id from recording)
    and (
        load.row_count <> load.appended + load.duplicates + load.rejected
        or if(load.undone_at is null, load.appended, 0) <> coalesce(record.records, 0)
        or load.rejected <> coalesce(refused.rejections, 0)
    )
