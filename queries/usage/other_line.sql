-- One row per line that is to be read once more.
select source_line.*
from source_line
semi join other_shape
    on
        source_line.path = other_shape.path
        and source_line.line_number = other_shape.line_number
