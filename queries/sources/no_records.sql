-- No rows: how many records of each file were read, before any was.
select
    cast(null as varchar) as path,
    cast(null as bigint) as records
where false
