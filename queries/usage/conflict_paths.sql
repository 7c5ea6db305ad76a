-- One row per file that has rows which were refused after they were read.
select path
from verdict
where verdict = 'id_conflict'
union
select path
from staged
where rejection_code in ('unknown_transaction', 'transaction_mismatch')
order by path
