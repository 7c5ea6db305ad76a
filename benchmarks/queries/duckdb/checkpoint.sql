-- No rows: what is in the log is written to its place.
checkpoint
