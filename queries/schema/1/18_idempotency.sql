-- One row per idempotency key: the request that it came with, and the id of its result.
create table idempotency (
    key varchar not null primary key,
    operation varchar not null,
    request_hash varchar not null,
    result_id varchar not null,
    created_at timestamp not null
)
