-- One row per staged line that has a key which was not looked for.
select
    path,
    line_number
from staged
where rejection_code = 'other_shape'
