-- One row per meter: what FOCUS calls it and its units. A price is for `per` of what is stored; so
-- many are one pricing unit. Audio is stored in milliseconds and stated in seconds.
with meter (position, meter, sku_meter, unit) as (
    values
        (1, 'input_tokens', 'Input', 'Tokens'),
        (2, 'cache_read_tokens', 'Input, read from cache', 'Tokens'),
        (3, 'cache_write_tokens', 'Input, cache write (5 min)', 'Tokens'),
        (4, 'cache_write_1h_tokens', 'Input, cache write (1 h)', 'Tokens'),
        (5, 'input_audio_tokens', 'Audio input', 'Tokens'),
        (6, 'cache_audio_read_tokens', 'Audio input, read from cache', 'Tokens'),
        (7, 'input_image_tokens', 'Image input', 'Tokens'),
        (8, 'cache_image_read_tokens', 'Image input, read from cache', 'Tokens'),
        (9, 'input_video_tokens', 'Video input', 'Tokens'),
        (10, 'output_tokens', 'Output', 'Tokens'),
        (11, 'output_reasoning_tokens', 'Reasoning output', 'Tokens'),
        (12, 'output_audio_tokens', 'Audio output', 'Tokens'),
        (13, 'output_image_tokens', 'Image output', 'Tokens'),
        (14, 'output_video_tokens', 'Video output', 'Tokens'),
        (15, 'output_citation_tokens', 'Citation output', 'Tokens'),
        (16, 'audio_milliseconds', 'Audio', 'Seconds'),
        (17, 'input_characters', 'Characters', 'Characters'),
        (18, 'input_text_messages', 'Messages', 'Messages'),
        (19, 'web_searches', 'Web searches', 'Searches'),
        (20, 'storage_searches', 'File searches', 'Searches'),
        (21, 'document_pages', 'Document pages', 'Pages'),
        (22, 'annotated_document_pages', 'Annotated document pages', 'Pages'),
        (23, 'requests', 'Requests', 'Requests')
),

unit (unit, to_consumed, pricing_unit, per, to_pricing) as (
    values
        ('Tokens', 1, '1000000 Tokens', 1000000, 0.000001),
        ('Seconds', 0.001, 'Seconds', 1000, 0.001),
        ('Characters', 1, '1000000 Characters', 1000000, 0.000001),
        ('Messages', 1, '1000 Messages', 1000, 0.001),
        ('Searches', 1, '1000 Searches', 1000, 0.001),
        ('Pages', 1, '1000 Pages', 1000, 0.001),
        ('Requests', 1, '1000 Requests', 1000, 0.001)
)

select
    cast(meter.position as integer) as position,
    meter.meter,
    meter.sku_meter,
    unit.unit as consumed_unit,
    cast(unit.to_consumed as decimal(4, 3)) as to_consumed,
    unit.pricing_unit,
    cast(unit.per as integer) as per,
    cast(unit.to_pricing as decimal(7, 6)) as to_pricing
from meter
inner join unit on meter.unit = unit.unit
