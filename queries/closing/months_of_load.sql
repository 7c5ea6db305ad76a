-- One row per closed month that has records of a load in its files.
with record as (
    select
        cast(date_trunc('month', local_day) as date) as month,
        count(*) as records
    from usage_record
    where load_id = $load_id
    group by cast(date_trunc('month', local_day) as date)
),

waiting as (
    select
        cast(date_trunc('month', local_day) as date) as month,
        count(*) as records
    from usage_open
    where load_id = $load_id
    group by cast(date_trunc('month', local_day) as date)
)

select record.month
from record
left join waiting on record.month = waiting.month
where record.records <> coalesce(waiting.records, 0)
order by record.month
