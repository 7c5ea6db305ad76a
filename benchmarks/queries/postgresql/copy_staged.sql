-- One row per line of a file of comma-separated values.
copy staged from stdin (format csv, header)
