-- One row per price that a model can have in the month.
-- A view takes no parameter: the path is put in for the mark, as a literal.
create or replace temp view price as
select *
from read_parquet($path)
