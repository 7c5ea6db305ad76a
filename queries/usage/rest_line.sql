-- One row per line that is not plain.
select
    source_line.path,
    source_line.line_number,
    source_line.id_scope,
    source_line.line,
    source_line.problem,
    source_line.excerpt
from source_line
semi join rest
    on source_line.path = rest.path and source_line.line_number = rest.line_number
