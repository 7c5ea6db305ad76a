-- One row per row of a file that is in conflict with a record: its text, read once more.
select
    source_row.path,
    source_row.line_number,
    left(rtrim(source_row.excerpt, e'\r\n'), 512) as excerpt
from source_row
semi join verdict
    on
        verdict.verdict = 'id_conflict'
        and source_row.path = verdict.path
        and source_row.line_number = verdict.line_number
