-- One row per account, and one without account: charge = cost x factor (1 + mark-up).
with book as (
    select cast(value as decimal(12, 4)) as markup_percent
    from setting
    where name = 'markup_percent'
)

select
    account.account_id,
    cast(
        1 + coalesce(account.markup_percent, book.markup_percent) * 0.01
        as decimal(14, 6)
    ) as charge_factor
from account
cross join book
union all
select
    null as account_id,
    cast(1 + book.markup_percent * 0.01 as decimal(14, 6)) as charge_factor
from book
