-- One row, or none: what an idempotency key was used for.
select
    operation,
    request_hash,
    result_id
from idempotency
where key = $key
