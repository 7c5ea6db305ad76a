-- One row, or none: the account of an id or external id.
select account_id
from account
where account_id = $account or external_id = $account
