-- One row: a file that does not belong to the book any more.
delete from usage_file
where path = $path
