-- One row per record that has one of some ids, or an id of the same hash: the hash of its content.
select
    id_hash,
    content_hash
from record_index
where id_hash in (select unnest(cast($id_hashes as ubigint[])))
union all
select
    cast(md5_number(usage_open.record_id) >> 64 as ubigint) as id_hash,
    usage_open.content_hash
from usage_open
inner join recording on usage_open.load_id = recording.load_id
where usage_open.record_id in (select unnest(cast($record_ids as varchar[])))
