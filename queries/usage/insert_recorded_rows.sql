-- One row per record of a batch of single records.
insert into usage_open (
{{ usage_columns() }},
    content_hash
)
select
{{ usage_columns() }},
    content_hash
from recorded_row
