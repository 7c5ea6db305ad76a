-- No rows: the content of rows without an id, before any part of a load is stored.
select
    cast(null as varchar) as path,
    cast(null as uhugeint) as content_key,
    cast(null as bigint) as occurrences
where false
