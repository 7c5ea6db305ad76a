-- One row, or none: the billed quantities of a usage record that has a price, as `lines` reads
-- them.
select
    record_id as line_key,
    price_id,
    cost_usd,
{{ quantities() }}
from usage_record
where
    record_id = $record_id
    and price_id is not null
    and ($start_day is null or local_day >= cast($start_day as date))
    and ($end_day is null or local_day < cast($end_day as date))
