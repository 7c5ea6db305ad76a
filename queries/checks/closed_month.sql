-- One row per month whose files do not have as many records, with and without a price, as the book
-- says.
with record as (
    select
        cast(date_trunc('month', local_day) as date) as month,
        count(*) as row_count,
        count(*) filter (price_id is null) as unpriced_count
    from usage_record
    group by cast(date_trunc('month', local_day) as date)
),

waiting as (
    select
        cast(date_trunc('month', local_day) as date) as month,
        count(*) as row_count,
        count(*) filter (price_id is null) as unpriced_count
    from usage_open
    group by cast(date_trunc('month', local_day) as date)
),

file as (
    select
        month,
        sum(row_count) as row_count,
        sum(unpriced_count) as unpriced_count
    from usage_file
    group by month
)

select
    coalesce(record.month, file.month) as month,
    file.row_count as registered,
    record.row_count - coalesce(waiting.row_count, 0) as found
from record
left join waiting on record.month = waiting.month
full outer join file on record.month = file.month
where
    coalesce(file.row_count, 0)
    <> coalesce(record.row_count, 0) - coalesce(waiting.row_count, 0)
    or coalesce(file.unpriced_count, 0)
    <> coalesce(record.unpriced_count, 0) - coalesce(waiting.unpriced_count, 0)
