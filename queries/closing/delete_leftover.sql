-- One row per closing that has no files left to remove.
delete from usage_leftover
where batch = $batch
