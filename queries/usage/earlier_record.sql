-- One row per record that has an id, or may have it, for its hash is the same: whether its content
-- is this one.
select content_hash = cast($content_hash as ubigint) as is_same
from record_index
where id_hash = cast($id_hash as ubigint)
union all
select usage_open.content_hash = cast($content_hash as ubigint) as is_same
from usage_open
inner join recording on usage_open.load_id = recording.load_id
where usage_open.record_id = $record_id
