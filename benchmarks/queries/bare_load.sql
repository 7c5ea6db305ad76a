-- One row: how many rows of a file of JSON lines became a table.
create table usage as
select *
from read_json($path, format = 'newline_delimited')
