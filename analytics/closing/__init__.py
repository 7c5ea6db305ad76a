"""Months move from the table into Parquet files, and back: a matter of storage only.

A month is closed when it has registered files. Its files are written from one snapshot, made
durable, compared with the table, registered with their checksums, and only then do the records
leave the table, in the transaction that also replaces the view of all records. So whatever kills
the process, the month is open or closed, never both or neither. Records that come later wait in
the table until the month is closed again.
"""
