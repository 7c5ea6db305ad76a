-- One row per line of a part: its text.
select
    path,
    line_number,
    excerpt
from source_line
