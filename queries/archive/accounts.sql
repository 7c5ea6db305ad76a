-- One row per account, for other readers of an archive.
select
    account_id,
    external_id,
    name,
    markup_percent,
    created_at
from account
order by account_id
