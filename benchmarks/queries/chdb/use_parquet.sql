-- No rows: what is named without its database is our Parquet.
use parquet
