-- One row per piece of a price that still holds. Nothing is edited: these are new rows, known from
-- now on.
insert into price (
{{ price_columns() }}
)
select
{{ price_columns() }}
from kept
