-- One row per row that was refused after it was read: its text, read once more.
with refused as (
    select
        path,
        line_number
    from verdict
    where verdict = 'id_conflict'
    union
    select
        path,
        line_number
    from staged
    where rejection_code in ('unknown_transaction', 'transaction_mismatch')
)

select
    part_text.path,
    part_text.line_number,
    left(rtrim(part_text.excerpt, e'\r\n'), 512) as excerpt
from part_text
semi join refused
    on part_text.path = refused.path and part_text.line_number = refused.line_number
