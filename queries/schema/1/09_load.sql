-- One row per load: an ingest, or one record.
create table load (
    load_id bigint not null primary key,
    source varchar not null,
    started_at timestamp not null,
    finished_at timestamp not null,
    files bigint not null,
    row_count bigint not null,
    appended bigint not null,
    duplicates bigint not null,
    rejected bigint not null,
    unpriced bigint not null,
    accounts_created bigint not null,
    options varchar not null,
    undone_at timestamp
)
