-- One row: the load of single records, with how many there are by now.
update load
set
    row_count = $records,
    appended = $records,
    finished_at = $finished_at
where load_id = $load_id
