-- One row per priced usage record that is not billed for what its price says of short audio.
select
    usage.record_id,
    usage.audio_milliseconds,
    usage.billed_audio_milliseconds
from usage_record as usage
inner join price on usage.price_id = price.price_id
where
    usage.billed_audio_milliseconds
    <> case
        when usage.audio_milliseconds = 0 then 0
        else greatest(usage.audio_milliseconds, price.minimum_audio_milliseconds)
    end
