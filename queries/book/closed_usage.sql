-- One row per usage record in the files of closed months; the engine writes their paths in.
select
{{ usage_columns() }}
from read_parquet($closed_files, hive_partitioning = false)
