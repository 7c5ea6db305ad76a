-- One row per segment of a load.
select
    segment,
    content_hash,
    rejected
from spool_segment
where load_id = $load_id
