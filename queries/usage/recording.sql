-- One row, if any: the load that single records go to, and how many it has.
select
    recording.load_id,
    (
        select count(*)
        from usage_open
        where usage_open.load_id = recording.load_id
    ) as records
from recording
