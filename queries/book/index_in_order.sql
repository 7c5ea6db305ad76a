-- One row per record: the index of ids as one sorted run, where it was one for each load's parts.
select
    id_hash,
    content_hash,
    month
from record_index
order by id_hash
