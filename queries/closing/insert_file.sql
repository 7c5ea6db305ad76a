-- One row: a file that belongs to the book.
insert into usage_file (path, month, sha256, bytes, row_count, unpriced_count, closed_at)
values ($path, $month, $sha256, $bytes, $row_count, $unpriced_count, $closed_at)
