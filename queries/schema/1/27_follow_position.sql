-- One row per file that `ingest --follow` reads: how far it has been read, and how it begins, so
-- that a file which was rotated or truncated is known.
create table follow_position (
    path varchar not null,
    inode varchar not null,
    head_bytes bigint not null,
    head_hash varchar not null,
    position_bytes bigint not null,
    line_count bigint not null
)
