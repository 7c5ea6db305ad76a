-- One row per account that both given ids mean, with the factor that makes a charge of a cost.
select
    account.account_id,
    account.external_id,
    factor.charge_factor
from account
inner join charge_factor as factor on account.account_id = factor.account_id
where
    ($account_id is null or account.account_id = $account_id)
    and ($external_id is null or account.external_id = $external_id)
