-- One row per Parquet file with records of a closed month. Its path is relative to the book; it
-- begins with first_account ('' is usage without one), and the next file of the closing with
-- next_account, which may still have records in this one; null in the last.
create table usage_file (
    path varchar not null,
    month date not null,
    sha256 varchar not null,
    bytes bigint not null,
    row_count bigint not null,
    unpriced_count bigint not null,
    closed_at timestamp not null,
    first_account varchar not null,
    next_account varchar
)
