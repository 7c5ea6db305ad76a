-- One row: the days of the months in which the index of ids knows an id; null where it knows none.
-- Records of closed months that are of other days need not be looked through.
select
    min(month) as start_day,
    cast(max(month) + interval 1 month as date) as end_day
from record_index
where id_hash = cast(md5_number($record_id) >> 64 as ubigint)
