-- One row per usage record, of open and of closed months.
select
{{ usage_columns() }}
from usage_open
