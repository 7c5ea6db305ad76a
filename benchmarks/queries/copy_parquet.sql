-- One row: how many rows of the workload were written.
copy workload to $path (format parquet)
