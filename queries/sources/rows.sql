-- One row per row of another program's log, to be held in memory: what maps it runs once.
select *
from source_row
