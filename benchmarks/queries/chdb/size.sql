-- One row: the bytes of what the tables hold.
select sum(bytes_on_disk) as size
from system.parts
where active and database = 'native'
