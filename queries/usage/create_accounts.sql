-- One row per account that is seen for the first time. The id comes from the external id, so that
-- the same logs make the same book.
insert into account (account_id, external_id, created_at, updated_at)
select distinct
    'acc_' || left(md5(staged.external_id), 20) as account_id,
    staged.external_id,
    cast($recorded_at as timestamp) as created_at,
    cast($recorded_at as timestamp) as updated_at
from staged
where
    staged.rejection_code is null
    and staged.account_id is null
    and staged.external_id is not null
