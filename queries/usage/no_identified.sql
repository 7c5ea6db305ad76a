-- No rows: what tells whether rows are new, before there are any.
select
    cast(null as varchar) as path,
    cast(null as bigint) as line_number,
    cast(null as varchar) as record_id,
    cast(null as ubigint) as id_hash,
    cast(null as ubigint) as content_hash,
    cast(null as date) as local_day
where false
