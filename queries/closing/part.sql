-- One row per usage record that goes into one file, in the order of account and time.
select
{{ usage_columns() }}
from usage_open
where
    local_day >= cast($start_day as date)
    and local_day < cast($end_day as date)
    and (price_id is null) = $is_unpriced
    and (
        coalesce(account_id, '') > $first_account
        or coalesce(account_id, '') = $first_account and local_day >= cast($first_day as date)
    )
    and (
        $next_account is null
        or coalesce(account_id, '') < $next_account
        or coalesce(account_id, '') = $next_account and local_day < cast($next_day as date)
    )
order by account_id nulls first, occurred_at, record_id
