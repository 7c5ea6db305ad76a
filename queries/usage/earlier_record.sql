-- One row, or none: the record that has an id, as `earlier_records` finds many.
select
    id_hash,
    content_hash
from record_index
where id_hash = $id_hash
union all
select
    cast($id_hash as ubigint) as id_hash,
    content_hash
from usage_open
where load_id = $load_id and record_id = $record_id
