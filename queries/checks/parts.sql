-- One row per usage record whose parts exceed their totals, or with a negative quantity.
select record_id
from usage_record
where
    cache_read_tokens + cache_write_tokens + cache_write_1h_tokens > input_tokens
    or input_audio_tokens + input_image_tokens + input_video_tokens > input_tokens
    or cache_audio_read_tokens + cache_image_read_tokens > cache_read_tokens
    or cache_audio_read_tokens > input_audio_tokens
    or cache_image_read_tokens > input_image_tokens
    or output_reasoning_tokens + output_citation_tokens > output_tokens
    or output_audio_tokens + output_image_tokens + output_video_tokens > output_tokens
    or annotated_document_pages > document_pages
    or billed_audio_milliseconds < audio_milliseconds
    or least(
{% for meter in meters %}
        {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
    ) < 0
