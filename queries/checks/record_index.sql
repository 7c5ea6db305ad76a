-- One row per usage record that the identity index lacks, or entry of the index without its record.
-- Both are compared by the sums of buckets first, so that as many as there are need little memory.
with side as not materialized (
    select
        cast(md5_number(record_id) >> 64 as ubigint) as id_hash,
        cast(date_trunc('month', local_day) as date) as month,
        1 as records,
        0 as entries
    from usage_record
    where load_id not in (select recording.load_id from recording)
    union all
    select
        id_hash,
        month,
        0 as records,
        1 as entries
    from record_index
),

differing as (
    select
        id_hash >> 44 as bucket,
        month
    from side
    group by id_hash >> 44, month
    having
        sum(records) <> sum(entries)
        or sum((records - entries) * cast(hash(id_hash) as hugeint)) <> 0
)

select
    side.id_hash,
    side.month,
    cast(sum(side.records) as bigint) as records,
    cast(sum(side.entries) as bigint) as entries
from side
inner join differing on side.id_hash >> 44 = differing.bucket and side.month = differing.month
group by side.id_hash, side.month
having sum(side.records) <> sum(side.entries)
