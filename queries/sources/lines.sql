-- One row per row of a table of another program's log, as a line of JSON.
select
    path,
    line_number,
    id_scope,
    line,
    problem
from source_line
