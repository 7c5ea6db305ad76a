-- One row per account that a plain row is the first of.
insert into account (account_id, external_id, created_at, updated_at)
select distinct
    plain.account_id,
    plain.new_external_id as external_id,
    cast($recorded_at as timestamp) as created_at,
    cast($recorded_at as timestamp) as updated_at
from plain
anti join account on plain.account_id = account.account_id
where plain.new_external_id is not null
