-- One row, or none: the account that an id or an external id means.
select account_id
from account
where account_id = $account or external_id = $account
order by account_id <> $account
limit 1
