-- One row per registered file of a closed month, or of all of them.
select
    path,
    month,
    sha256,
    bytes,
    row_count,
    unpriced_count,
    closed_at
from usage_file
where $month is null or month = cast($month as date)
order by month, path
