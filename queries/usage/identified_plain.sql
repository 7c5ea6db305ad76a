-- One row per plain row: what tells whether it is new.
select
    path,
    line_number,
    record_id,
    id_hash,
    content_hash,
    local_day
from plain
