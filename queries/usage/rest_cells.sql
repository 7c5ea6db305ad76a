-- One row per row of a table file that is not plain: its cells as text.
select raw.*
from raw
semi join rest
    on raw.path = rest.path and raw.line_number = rest.line_number
