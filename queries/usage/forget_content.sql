-- One row less per content of a file that begins anew.
delete from follow_content
where path = $path
