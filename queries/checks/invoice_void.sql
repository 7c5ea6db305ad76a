-- One row per document that is voided and not down to zero, or that is credited beyond zero; and
-- per account and month with two documents that both hold.
with credited as (
    select
        refers_to as number,
        count(case when purpose = 'void' then 1 end) as voids,
        sum(total) as total
    from invoice
    where refers_to is not null
    group by refers_to
),

held as (
    select
        account_id,
        month,
        max(number) as number,
        count(*) as documents
    from invoice_state
    where purpose = 'month' and status = 'issued'
    group by account_id, month
)

select
    credited.number,
    credited.voids as documents,
    cast(coalesce(invoice.total, 0) + credited.total as decimal(38, 3)) as total_left
from credited
left join invoice on credited.number = invoice.number
where
    invoice.number is null
    or credited.voids > 1
    or (credited.voids = 1 and invoice.total + credited.total <> 0)
    or (credited.voids = 0 and invoice.total > 0 and invoice.total + credited.total < 0)
union all
select
    number,
    documents,
    null as total_left
from held
where documents > 1
