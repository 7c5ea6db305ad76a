-- One row per month with records: how many there are, and how many of them are in files.
with recorded as (
    select
        cast(date_trunc('month', local_day) as date) as month,
        cast(sum(record_count) as bigint) as record_count
    from usage_delta
    group by cast(date_trunc('month', local_day) as date)
),

closed as (
    select
        month,
        count(*) as files,
        cast(sum(bytes) as bigint) as bytes,
        cast(sum(row_count) as bigint) as closed_count,
        max(closed_at) as closed_at
    from usage_file
    group by month
)

select
    coalesce(recorded.month, closed.month) as month,
    coalesce(recorded.record_count, 0) as record_count,
    coalesce(closed.closed_count, 0) as closed_count,
    coalesce(closed.files, 0) as files,
    coalesce(closed.bytes, 0) as bytes,
    closed.closed_at
from recorded
full outer join closed on recorded.month = closed.month
where recorded.record_count <> 0 or closed.files is not null
order by coalesce(recorded.month, closed.month)
