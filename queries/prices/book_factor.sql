-- One row: what makes a charge of a cost where no account says otherwise.
select charge_factor
from charge_factor
where account_id is null
