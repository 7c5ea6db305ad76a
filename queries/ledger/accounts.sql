-- One row per account; the one of an id or external id only, where it is given.
select
    account_id,
    external_id,
    name,
    email,
    markup_percent,
    created_at
from account
where $account is null or account_id = $account or external_id = $account
order by external_id, account_id
