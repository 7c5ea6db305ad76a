-- One row per usage record that has neither a price nor a reason for having none, or both.
select
    record_id,
    price_id,
    unpriced_reason
from usage_record
where (price_id is null) = (unpriced_reason is null)
