-- One row per Parquet file with records of a closed month. Its path is relative to the book.
create table usage_file (
    path varchar not null,
    month date not null,
    sha256 varchar not null,
    bytes bigint not null,
    row_count bigint not null,
    unpriced_count bigint not null,
    closed_at timestamp not null
)
