-- One row per single record: its place in the index of ids.
insert into record_index (id_hash, content_hash, month)
select
    cast(md5_number(record_id) >> 64 as ubigint) as id_hash,
    content_hash,
    cast(date_trunc('month', local_day) as date) as month
from usage_open
where load_id = $load_id
order by id_hash
