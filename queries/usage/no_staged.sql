-- No rows: what others read of staged rows, before there are any.
select
    cast(null as varchar) as path,
    cast(null as bigint) as line_number,
    cast(null as varchar) as excerpt,
    cast(null as varchar) as rejection_code,
    cast(null as varchar) as rejection_detail
where false
