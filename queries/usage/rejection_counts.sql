-- One row per code: how many rows were rejected for it.
select
    code,
    count(*) as rejections
from rejected
group by code
order by rejections desc, code
