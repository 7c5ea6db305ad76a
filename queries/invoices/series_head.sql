-- One row: the last position of a series, and the date of its last document.
select
    cast(coalesce(max(series_position), 0) as bigint) as series_position,
    max(issue_date) as issue_date
from invoice
where series = $series
