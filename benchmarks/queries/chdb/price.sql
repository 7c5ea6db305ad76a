-- One row per price that a model can have in the month.
create table native.price engine = MergeTree order by (provider, model) as
select *
from file({path:String}, Parquet)
