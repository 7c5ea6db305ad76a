-- One row per file to write of a month: the account and day at which its records begin and at which
-- those of the next one do, and how many it has. Records without a price are in files of their own.
with cell as (
    select
        price_id is null as is_unpriced,
        coalesce(account_id, '') as account_id,
        local_day,
        count(*) as row_count
    from usage_open
    where local_day >= cast($start_day as date) and local_day < cast($end_day as date)
    group by price_id is null, coalesce(account_id, ''), local_day
),

placed as (
    select
        is_unpriced,
        account_id,
        local_day,
        row_count,
        (sum(row_count) over so_far - 1) // $file_rows as part
    from cell
    window so_far as (partition by is_unpriced order by account_id, local_day)
),

part as (
    select
        is_unpriced,
        min({'account_id': account_id, 'local_day': local_day}) as first_cell,
        cast(sum(row_count) as bigint) as row_count
    from placed
    group by is_unpriced, part
)

select
    is_unpriced,
    row_count,
    first_cell.account_id as first_account,
    first_cell.local_day as first_day,
    lead(first_cell.account_id) over by_place as next_account,
    lead(first_cell.local_day) over by_place as next_day
from part
window by_place as (partition by is_unpriced order by first_cell)
order by is_unpriced, first_cell
