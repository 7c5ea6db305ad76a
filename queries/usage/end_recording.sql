-- No rows: the next single record begins another load.
delete from recording
