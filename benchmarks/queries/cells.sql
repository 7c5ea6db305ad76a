-- One row: the cells of the roll-up, and the records in them.
select
    count(*) as cells,
    cast(sum(record_count) as bigint) as records
from usage_daily
