-- One row per record that was read and is not plain.
select read_row.*
from read_row
semi join rest
    on read_row.path = rest.path and read_row.line_number = rest.line_number
