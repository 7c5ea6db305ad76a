-- One row per record that has an id, or may have it, for its hash is the same.
select id_hash
from record_index
where id_hash = $id_hash
union all
select cast($id_hash as ubigint) as id_hash
from usage_open
inner join recording on usage_open.load_id = recording.load_id
where usage_open.record_id = $record_id
