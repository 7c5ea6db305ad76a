-- One row per usage record that comes back from files into the table.
insert into usage_open (
{{ usage_columns() }}
)
select
{{ usage_columns() }}
from read_parquet($paths, hive_partitioning = false)
