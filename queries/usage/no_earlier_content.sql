-- No rows: the content of rows without an id, before any part of a load is stored.
select
    cast(null as varchar) as path,
    cast(null as ubigint) as content_hash,
    cast(null as ubigint) as other_content_hash,
    cast(null as bigint) as occurrences
where false
