-- One row per roll-up cell: what this load adds to it. Most usage has few meters, so what has none
-- of the rare ones is summed by itself; a cell that has both gets two rows.
insert into usage_daily_delta (
{{ cell_key() }},
    record_count,
{{ quantities() }},
    cost_usd
)
with added as (
    select
{{ cell_key() }},
{{ quantities() }},
        cache_write_1h_tokens
        + input_audio_tokens
        + cache_audio_read_tokens
        + input_image_tokens
        + cache_image_read_tokens
        + input_video_tokens
        + output_audio_tokens
        + output_image_tokens
        + output_video_tokens
        + output_citation_tokens
        + audio_milliseconds
        + input_characters
        + input_text_messages
        + web_searches
        + storage_searches
        + document_pages
        + annotated_document_pages > 0 as has_rare_meters
    from usage_open
    where load_id = $load_id
),

plain_cell as (
    select
{{ cell_key() }},
        count(*) as record_count,
        sum(input_tokens) as input_tokens,
        sum(cache_read_tokens) as cache_read_tokens,
        sum(cache_write_tokens) as cache_write_tokens,
        0 as cache_write_1h_tokens,
        0 as input_audio_tokens,
        0 as cache_audio_read_tokens,
        0 as input_image_tokens,
        0 as cache_image_read_tokens,
        0 as input_video_tokens,
        sum(output_tokens) as output_tokens,
        sum(output_reasoning_tokens) as output_reasoning_tokens,
        0 as output_audio_tokens,
        0 as output_image_tokens,
        0 as output_video_tokens,
        0 as output_citation_tokens,
        0 as audio_milliseconds,
        0 as input_characters,
        0 as input_text_messages,
        0 as web_searches,
        0 as storage_searches,
        0 as document_pages,
        0 as annotated_document_pages,
        sum(requests) as requests,
        0 as billed_audio_milliseconds
    from added
    where not has_rare_meters
    group by
{{ cell_key() }}
),

other_cell as (
    select
{{ cell_key() }},
        count(*) as record_count,
{% for meter in meters %}
        sum({{ meter.name }}) as {{ meter.name }},
{% endfor %}
        sum(billed_audio_milliseconds) as billed_audio_milliseconds
    from added
    where has_rare_meters
    group by
{{ cell_key() }}
)

select
{{ cell_key("usage.") }},
    usage.record_count,
{{ quantities("usage.") }},
    cast(
        usage.input_tokens * rate.input_tokens
        + usage.cache_read_tokens * rate.cache_read_tokens
        + usage.cache_write_tokens * rate.cache_write_tokens
        + usage.output_tokens * rate.output_tokens
        + usage.output_reasoning_tokens * rate.output_reasoning_tokens
        + usage.requests * rate.requests
        as decimal(38, 18)
    ) as cost_usd
from plain_cell as usage
left join marginal_rate as rate on usage.price_id = rate.price_id
union all
select
{{ cell_key("usage.") }},
    usage.record_count,
{{ quantities("usage.") }},
    cast(
{% for meter in meters %}
        {{ "+ " if not loop.first }}usage.{{ meter.billed }} * rate.{{ meter.name }}
{% endfor %}
        as decimal(38, 18)
    ) as cost_usd
from other_cell as usage
left join marginal_rate as rate on usage.price_id = rate.price_id
order by local_day, account_id
