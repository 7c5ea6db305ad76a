-- One row per content of rows without an id in a file that `ingest --follow` reads, and how often
-- it stood there so far: equal rows are told apart by their number.
create table follow_content (
    path varchar not null,
    content_hash ubigint not null,
    other_content_hash ubigint not null,
    occurrences bigint not null
)
