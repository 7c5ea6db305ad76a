-- One row per account that a name means, with its credits as they were last written.
select
    'account_id' as name,
    account_id,
    external_id,
    balance,
    reserved,
    next_expiry_at,
    written_at
from account
where account_id = $account_id
union all
select
    'external_id' as name,
    account_id,
    external_id,
    balance,
    reserved,
    next_expiry_at,
    written_at
from account
where external_id = $external_id
