-- One row per record of another program's log of a part: its text.
select
    path,
    line_number,
    excerpt
from read_row
