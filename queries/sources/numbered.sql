-- One row per record of lines that hold several, numbered through its file. Parts of the file that
-- were read already count.
with earlier as (
    select
        path,
        cast(sum(records) as bigint) as records
    from earlier_records
    group by path
)

select
    record.path,
    row_number() over (
        partition by record.path order by record.line_number, record.position
    ) + coalesce(earlier.records, 0) as line_number,
    record.id_scope,
    record.line,
    record.problem
from record
left join earlier on record.path = earlier.path
