-- One row per account that is seen for the first time.
insert into account (account_id, external_id, created_at, updated_at)
select distinct
    account_id,
    external_id,
    cast($recorded_at as timestamp) as created_at,
    cast($recorded_at as timestamp) as updated_at
from staged
where rejection_code is null and is_new_account
