-- No rows: what is named without its database is a table of chDB's own.
use native
