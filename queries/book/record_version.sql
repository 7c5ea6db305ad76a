-- One row: a schema version that was applied.
insert into schema_version (version, applied_at)
values ($version, $applied_at)
