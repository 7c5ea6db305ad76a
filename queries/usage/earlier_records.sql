-- One row per record that has one of some ids, or an id of the same hash: the hash of its content.
-- Those of the load of single records are not in the index yet.
select
    id_hash,
    content_hash
from record_index
where id_hash in (select unnest(cast($id_hashes as ubigint[])))
union all
select
    cast(md5_number(record_id) >> 64 as ubigint) as id_hash,
    content_hash
from usage_open
where load_id = $load_id and record_id in (select unnest(cast($record_ids as varchar[])))
