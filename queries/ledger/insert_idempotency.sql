-- One row: the use of an idempotency key.
insert into idempotency (key, operation, request_hash, result_id, created_at)
values ($key, $operation, $request_hash, $result_id, $created_at)
