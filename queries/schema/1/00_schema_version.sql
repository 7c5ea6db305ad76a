-- One row per schema version that was applied to the book.
create table schema_version (
    version bigint not null primary key,
    applied_at timestamp not null
)
