-- One row per issued document whose lines and taxes do not add up to its total.
with line as (
    select
        number,
        unnest(json_extract_string(content, '$.lines[*].amount')) as amount
    from invoice
),

tax as (
    select
        number,
        unnest(json_extract_string(content, '$.tax[*].amount')) as amount
    from invoice
),

line_sum as (
    select
        number,
        sum(cast(amount as decimal(38, 3))) as amount
    from line
    group by number
),

tax_sum as (
    select
        number,
        sum(cast(amount as decimal(38, 3))) as amount
    from tax
    group by number
)

select
    invoice.number,
    invoice.subtotal,
    invoice.tax,
    invoice.total,
    line_sum.amount as lines,
    tax_sum.amount as taxes
from invoice
left join line_sum on invoice.number = line_sum.number
left join tax_sum on invoice.number = tax_sum.number
where
    coalesce(line_sum.amount, 0) <> invoice.subtotal
    or coalesce(tax_sum.amount, 0) <> invoice.tax
    or invoice.subtotal + invoice.tax <> invoice.total
    or cast(json_extract_string(invoice.content, '$.total') as decimal(38, 3)) <> invoice.total
