-- One row per usage record that the identity index lacks, or entry of the index without its record.
with record as (
    select
        cast(md5_number(record_id) >> 64 as ubigint) as id_hash,
        cast(date_trunc('month', local_day) as date) as month,
        count(*) as records
    from usage_record
    where load_id not in (select recording.load_id from recording)
    group by all
),

entry as (
    select
        id_hash,
        month,
        count(*) as entries
    from record_index
    group by all
)

select
    coalesce(record.id_hash, entry.id_hash) as id_hash,
    coalesce(record.month, entry.month) as month,
    record.records,
    entry.entries
from record
full outer join entry on record.id_hash = entry.id_hash and record.month = entry.month
where record.records is distinct from entry.entries
