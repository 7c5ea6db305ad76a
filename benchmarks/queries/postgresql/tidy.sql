-- No rows: what autovacuum would do by itself a little later.
vacuum analyze
