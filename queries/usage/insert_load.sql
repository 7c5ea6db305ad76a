-- One row: the load.
insert into load (
    load_id, source, started_at, finished_at, files, row_count,
    appended, duplicates, rejected, unpriced, accounts_created, options
)
values (
    $load_id, $source, $started_at, $finished_at, $files, $row_count,
    $appended, $duplicates, $rejected, $unpriced, $accounts_created, $options
)
