-- No rows: the file of a closed month is missing, and whoever reads records is told so. The engine
-- writes its path in. The row that is asked first is there always, so none is read without it.
select
{{ usage_columns("usage_open.") }}
from (
    select 1 as answer
    where error($missing_file) is null
) as asked
left join usage_open on asked.answer = 1
