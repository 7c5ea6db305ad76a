-- One row per code: how many rows of a load were rejected for it.
select
    code,
    count(*) as rejections
from rejection
where load_id = $load_id
group by code
order by rejections desc, code
