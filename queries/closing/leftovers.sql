-- One row per closing whose files are to be removed, where they are not registered.
select distinct batch
from usage_leftover
order by batch
