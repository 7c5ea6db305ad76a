-- One row per record of the load: it leaves the book.
delete from usage_open
where load_id = $load_id
