-- One row per new usage record, as a run that is sorted by hash.
insert into record_index (id_hash, content_hash, month)
select
    identified.id_hash,
    identified.content_hash,
    cast(date_trunc('month', identified.local_day) as date) as month
from identified
anti join verdict
    on identified.path = verdict.path and identified.line_number = verdict.line_number
order by identified.id_hash
