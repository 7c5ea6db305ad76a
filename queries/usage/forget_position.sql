-- One row less: the position in a file, before a new one is written.
delete from follow_position
where path = $path
