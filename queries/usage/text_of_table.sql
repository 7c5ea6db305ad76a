-- One row per row of a table file of a part: its text.
select
    path,
    line_number,
    excerpt
from raw
