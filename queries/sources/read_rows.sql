-- One row per row of another program's log that was read in Python.
select *
from read_row
