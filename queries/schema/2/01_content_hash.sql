-- One row per usage record of an open month: the hash of its content, until it is in the index.
alter table usage_open add column content_hash ubigint
