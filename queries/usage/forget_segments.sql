-- One row per segment that is long gone. Names are never used again, and ids stay known.
delete from spool_segment
where drained_at < $before
