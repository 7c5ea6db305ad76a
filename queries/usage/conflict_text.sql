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
    source_row.path,
    source_row.line_number,
    left(rtrim(source_row.excerpt, e'\r\n'), 512) as excerpt
from source_row
semi join refused
    on source_row.path = refused.path and source_row.line_number = refused.line_number
