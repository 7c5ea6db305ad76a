-- No rows: the text of rows that were refused after they were read, before any is looked up.
select
    cast(null as varchar) as path,
    cast(null as bigint) as line_number,
    cast(null as varchar) as excerpt
where false
