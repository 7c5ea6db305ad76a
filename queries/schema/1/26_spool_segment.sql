-- One row per segment of a spool whose lines are in the book. Its file may be there for longer.
create table spool_segment (
    segment varchar not null,
    content_hash varchar not null,
    size_bytes bigint not null,
    rejected bigint not null,
    load_id bigint not null,
    drained_at timestamp not null
)
