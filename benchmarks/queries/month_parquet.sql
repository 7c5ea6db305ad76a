-- One row: how many records of a month were written, by account and time, with cost and charge.
copy (
    select *
    from rated_usage
    where local_day >= cast($start_day as date) and local_day < cast($end_day as date)
    order by account_id, occurred_at
) to $path (format parquet, compression zstd)
