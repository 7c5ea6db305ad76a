-- One row per transaction that a staged row names.
select distinct transaction_id
from staged
where transaction_id is not null and rejection_code is null
