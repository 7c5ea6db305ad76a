-- One row: an account with another external id.
update account
set external_id = $external_id
where account_id = $account_id
