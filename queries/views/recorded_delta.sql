-- One row per single record that is not rolled up yet: what it changes of its roll-up cell.
select
{{ cell_key("usage.") }},
    1 as record_count,
{{ quantities("usage.") }},
    usage.cost_usd
from usage_open as usage
inner join recording on usage.load_id = recording.load_id
