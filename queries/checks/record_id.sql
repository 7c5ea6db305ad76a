-- One row per id that more than one usage record has. The index of ids (`record_index` compares it
-- with the records) and what single records will add to it say which ids to look at.
with entry as (
    select id_hash
    from record_index
    union all
    select cast(md5_number(usage_open.record_id) >> 64 as ubigint) as id_hash
    from usage_open
    inner join recording on usage_open.load_id = recording.load_id
),

suspect as (
    select id_hash
    from entry
    group by id_hash
    having count(*) > 1
)

select
    record_id,
    count(*) as records
from usage_record
where cast(md5_number(record_id) >> 64 as ubigint) in (select suspect.id_hash from suspect)
group by record_id
having count(*) > 1
