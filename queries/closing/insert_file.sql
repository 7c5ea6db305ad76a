-- One row: a file that belongs to the book.
insert into usage_file (
    path,
    month,
    sha256,
    bytes,
    row_count,
    unpriced_count,
    first_account,
    next_account,
    closed_at
)
values (
    $path,
    $month,
    $sha256,
    $bytes,
    $row_count,
    $unpriced_count,
    $first_account,
    $next_account,
    $closed_at
)
