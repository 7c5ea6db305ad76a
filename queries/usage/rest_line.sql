-- One row per line that is not plain.
select source_line.*
from source_line
semi join rest
    on source_line.path = rest.path and source_line.line_number = rest.line_number
