-- One row per setting of the book.
create table setting (
    name varchar not null primary key,
    value varchar not null
)
