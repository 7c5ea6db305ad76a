-- One row per account of a ledger.
insert into account (account_id, external_id, created_at, updated_at)
select
    'acc_' || substring(md5('filled ' || number), 1, 20) as account_id,
    'filled-' || number as external_id,
    timestamp '2026-01-01' as created_at,
    timestamp '2026-01-01' as updated_at
from range($accounts) as numbers(number)
