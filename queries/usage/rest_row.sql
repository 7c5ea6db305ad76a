-- One row per row of a table file that is not plain.
select table_row.*
from table_row
semi join rest
    on table_row.path = rest.path and table_row.line_number = rest.line_number
