-- One row per file that is followed, as far as it has been read.
select
    path,
    inode,
    head_bytes,
    head_hash,
    position_bytes,
    line_count
from follow_position
