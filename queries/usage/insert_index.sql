-- One row per new usage record, as a run that is sorted by hash.
insert into record_index (id_hash, content_hash, month)
select
    id_hash,
    content_hash,
    cast(date_trunc('month', local_day) as date) as month
from accepted
order by id_hash
