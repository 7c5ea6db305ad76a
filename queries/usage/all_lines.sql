-- One row per line of a part.
select
    source_line.path,
    source_line.line_number,
    source_line.id_scope,
    source_line.line,
    source_line.problem,
    source_line.excerpt
from source_line
