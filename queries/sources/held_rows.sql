-- One row per row of another program's log that is held in memory.
select *
from foreign_row
