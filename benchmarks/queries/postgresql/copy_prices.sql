-- One row per price that a model can have in the month.
copy price from stdin (format csv, header)
