-- One row per staged line that has no key which was not looked for.
select *
from staged
where rejection_code is distinct from 'other_shape'
