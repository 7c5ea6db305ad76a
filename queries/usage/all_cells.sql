-- One row per row of a table file: its cells as text.
select *
from raw
