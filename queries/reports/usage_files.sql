-- One row per file of a closed month that can have records of a period and account.
select
    path,
    month
from usage_file
where
    ($start_day is null or month >= date_trunc('month', cast($start_day as date)))
    and ($end_day is null or month < cast($end_day as date))
    and (
        $account is null
        or first_account is null
        or (
            first_account <= $account_id
            and (next_account is null or $account_id <= next_account)
        )
    )
order by path
