-- One row: why a record has no price, if there is such a record.
select
    usage.price_id,
    usage.unpriced_reason
from usage_record as usage
where usage.record_id = $record_id
