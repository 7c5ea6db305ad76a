-- One row per registered file that has records whose price has just been found.
select
    path,
    month,
    sha256,
    bytes,
    row_count,
    unpriced_count,
    closed_at
from usage_file
where
    unpriced_count > 0
    and month in (
        select cast(date_trunc('month', changed.local_day) as date)
        from changed
    )
order by path
