-- One row per record of the load: it leaves the identity index.
delete from record_index
using usage_open
where
    usage_open.load_id = $load_id
    and record_index.id_hash = cast(md5_number(usage_open.record_id) >> 64 as ubigint)
    and record_index.month = cast(date_trunc('month', usage_open.local_day) as date)
