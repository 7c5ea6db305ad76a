-- One row per issued document with what became of it: issued, or void by a credit note.
select
    invoice.number,
    invoice.kind,
    invoice.purpose,
    invoice.account_id,
    account.external_id,
    account.name as account_name,
    invoice.month,
    invoice.issue_date,
    invoice.due_date,
    invoice.currency,
    invoice.subtotal,
    invoice.tax,
    invoice.total,
    invoice.refers_to,
    invoice.reason,
    invoice.sha256,
    invoice.chain_position,
    invoice.chain_sha256,
    invoice.issued_at,
    voiding.number as voided_by,
    case when voiding.number is null then 'issued' else 'void' end as status
from invoice
left join invoice as voiding on invoice.number = voiding.refers_to and voiding.purpose = 'void'
left join account on invoice.account_id = account.account_id
