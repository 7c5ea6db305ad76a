-- One row: the load is marked as taken back.
update load
set undone_at = $undone_at
where load_id = $load_id
