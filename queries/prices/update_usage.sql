-- One row per record that is priced, or whose reason changed.
update usage_open
set
    provider = changed.provider,
    model = changed.model,
    price_id = changed.price_id,
    unpriced_reason = changed.unpriced_reason,
    billed_audio_milliseconds = changed.billed_audio_milliseconds
from changed
where usage_open.record_id = changed.record_id
