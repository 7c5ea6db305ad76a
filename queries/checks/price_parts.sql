-- One row per price with a rate for a part and none for its total: the part would have no meaning.
select
    price_id,
    provider,
    model
from price
where
    cache_read_tokens_rate is not null and input_tokens_rate is null
    or cache_write_tokens_rate is not null and input_tokens_rate is null
    or cache_write_1h_tokens_rate is not null and cache_write_tokens_rate is null
    or cache_write_1h_tokens_rate is not null and input_tokens_rate is null
    or input_audio_tokens_rate is not null and input_tokens_rate is null
    or cache_audio_read_tokens_rate is not null and cache_read_tokens_rate is null
    or cache_audio_read_tokens_rate is not null and input_audio_tokens_rate is null
    or input_image_tokens_rate is not null and input_tokens_rate is null
    or cache_image_read_tokens_rate is not null and cache_read_tokens_rate is null
    or cache_image_read_tokens_rate is not null and input_image_tokens_rate is null
    or input_video_tokens_rate is not null and input_tokens_rate is null
    or output_reasoning_tokens_rate is not null and output_tokens_rate is null
    or output_audio_tokens_rate is not null and output_tokens_rate is null
    or output_image_tokens_rate is not null and output_tokens_rate is null
    or output_video_tokens_rate is not null and output_tokens_rate is null
    or output_citation_tokens_rate is not null and output_tokens_rate is null
    or annotated_document_pages_rate is not null and document_pages_rate is null
