-- One row per JSON line: the columns of a plain row.
select *
from plain_line
