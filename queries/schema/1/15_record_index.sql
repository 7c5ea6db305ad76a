-- One row per usage record of the whole book, closed months included, in runs that are sorted by
-- hash.
create table record_index (
    id_hash ubigint not null,
    content_hash ubigint not null,
    month date not null
)
