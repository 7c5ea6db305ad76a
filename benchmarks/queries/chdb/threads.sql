-- No rows: a query takes two threads.
set max_threads = 2
