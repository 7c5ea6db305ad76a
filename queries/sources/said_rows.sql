-- One row per row of another program's log, with what was said of all of them.
select *
from said_row
