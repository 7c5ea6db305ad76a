-- No rows: the text of conflicting rows, before any is looked up.
select
    cast(null as varchar) as path,
    cast(null as bigint) as line_number,
    cast(null as varchar) as excerpt
where false
