-- One row: the bytes of the database's file, and how many of them nothing uses.
select
    cast(total_blocks * block_size as bigint) as file_bytes,
    cast(free_blocks * block_size as bigint) as free_bytes
from pragma_database_size()
where database_name = current_database()
