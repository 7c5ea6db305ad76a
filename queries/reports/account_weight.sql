-- One row: how many records an account has, or all have, without those that are not compacted yet,
-- and how many files of closed months there are.
select
    cast(coalesce(sum(record_count), 0) as bigint) as record_count,
    (select count(*) from usage_file) as file_count
from usage_month_total
where $account is null or account_id = $account_id
