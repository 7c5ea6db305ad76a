-- One row more: how far a file has been read.
insert into follow_position
select
    $path as path,
    $inode as inode,
    $head_bytes as head_bytes,
    $head_hash as head_hash,
    $position_bytes as position_bytes,
    $line_count as line_count
