-- One row per input row: its values typed, or the code and detail of its rejection.
-- A count is 1 to 15 digits; what is present but not usable is a rejection, never a zero.
-- The hash of its content is of what the caller sent after mapping. It names only what is there, so
-- that a meter that a later version adds leaves the hashes of old records as they are.
with typed as (
    select
        path,
        line_number,
        id_scope,
        excerpt,
        problem,
        nullif(id, '') as record_id,
        nullif(occurred_at, '') as occurred_at_text,
        case
            when
                regexp_full_match(
                    occurred_at,
                    '\d{4}-\d{2}-\d{2}'
                    || '([T ]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?'
                    || ' ?(Z|UTC|[+-](0\d|1[0-4])(:?[0-5]\d)?)?)?'
                )
                then make_timestamp(epoch_us(try_cast(occurred_at as timestamptz)))
        end as occurred_at_time,
        nullif(context, '') as context_text,
        nullif(account_id, '') as account_id,
        nullif(external_id, '') as external_id,
        nullif(transaction_id, '') as transaction_id,
        nullif(lower(trim(provider)), '') as provider,
        nullif(trim(model), '') as model,
        nullif(usage_type, '') as usage_type_text,
        nullif(trim(variant), '') as variant_text,
        nullif(description, '') as description,
        nullif(tags, '{}') as tags,
        case
            when nullif(tags, '{}') is null then null
            -- DuckDB takes NaN, Infinity and a comma before a closing bracket for JSON.
            when
                regexp_matches(tags, '^([^"]|"([^"\\]|\\.)*")*(,\s*[}\]]|(?i:nan|inf))')
                then null
            else try(json_keys(tags))
        end as tag_keys,
        nullif(other_meters, '{}') as other_meters,
        audio_duration_seconds,
        case
            when
                regexp_full_match(
                    audio_duration_seconds,
                    -- JSON writes what is below a microsecond with an exponent.
                    '[0-9]{1,12}([.][0-9]{1,9})?|[0-9]([.][0-9]{1,2})?[eE]-0?7'
                    || '|[0-9]([.][0-9])?[eE]-0?8|[0-9][eE]-0?9'
                )
                then cast(round(cast(audio_duration_seconds as decimal(24, 9)) * 1000, 0) as bigint)
        end as duration_milliseconds,
        case
            when nullif(trim(variant), '') is null then true
            when not starts_with(trim(variant), '{')
                then regexp_full_match(variant, '[^=,]+=[^=,]+(,[^=,]+=[^=,]+)*')
            when not json_valid(variant) then false
            else regexp_full_match(
                cast(json(variant) as varchar),
                '\{("[^"\\,=]+":"[^"\\,=]+"(,"[^"\\,=]+":"[^"\\,=]+")*)?\}'
            )
        end as is_variant_text,
        case
            when nullif(tags, '{}') is null then true
            when tag_keys is null then false
            -- A number or a list has no keys, but neither has an empty object.
            when len(tag_keys) = 0 then json_type(tags) = 'OBJECT'
            else true
        end as is_tags_object,
        case
            when nullif(other_meters, '{}') is null then true
            when not json_valid(other_meters) then false
            when len(json_keys(other_meters)) <> list_unique(json_keys(other_meters)) then false
            else regexp_full_match(
                cast(json(other_meters) as varchar),
                '\{("[^"]+":[0-9]{1,15}(,"[^"]+":[0-9]{1,15})*)?\}'
            )
        end as is_meters_object,
{% for meter in meters %}
        {{ meter.name }},
{% endfor %}
{% for meter in meters %}
        case
            when regexp_full_match({{ meter.name }}, '[0-9]{1,15}')
                then cast({{ meter.name }} as bigint)
        end as {{ meter.name }}_count{{ "," if not loop.last }}
{% endfor %}
    from source_row
),

placed as (
    select
        typed.*,
        by_id.account_id as known_id,
        by_external.account_id as known_external,
        case
            when by_external.account_id is null then 'acc_' || left(md5(typed.external_id), 20)
        end as derived_id
    from typed
    left join account as by_id on typed.account_id = by_id.account_id
    left join account as by_external on typed.external_id = by_external.external_id
),

-- An account whose external id was changed keeps the id that was made of the old one.
named as (
    select
        placed.* exclude (derived_id),
        case
            when taken.account_id is null then placed.derived_id
            else 'acc_' || left(md5('again/' || placed.external_id), 20)
        end as new_id
    from placed
    left join account as taken on placed.derived_id = taken.account_id
),

counted as (
    select
        *,
        case
            when input_tokens is not null and input_tokens_count is null
                then 'input_tokens'
            when cache_read_tokens is not null and cache_read_tokens_count is null
                then 'cache_read_tokens'
            when cache_write_tokens is not null and cache_write_tokens_count is null
                then 'cache_write_tokens'
            when cache_write_1h_tokens is not null and cache_write_1h_tokens_count is null
                then 'cache_write_1h_tokens'
            when input_audio_tokens is not null and input_audio_tokens_count is null
                then 'input_audio_tokens'
            when cache_audio_read_tokens is not null and cache_audio_read_tokens_count is null
                then 'cache_audio_read_tokens'
            when input_image_tokens is not null and input_image_tokens_count is null
                then 'input_image_tokens'
            when cache_image_read_tokens is not null and cache_image_read_tokens_count is null
                then 'cache_image_read_tokens'
            when input_video_tokens is not null and input_video_tokens_count is null
                then 'input_video_tokens'
            when output_tokens is not null and output_tokens_count is null
                then 'output_tokens'
            when output_reasoning_tokens is not null and output_reasoning_tokens_count is null
                then 'output_reasoning_tokens'
            when output_audio_tokens is not null and output_audio_tokens_count is null
                then 'output_audio_tokens'
            when output_image_tokens is not null and output_image_tokens_count is null
                then 'output_image_tokens'
            when output_video_tokens is not null and output_video_tokens_count is null
                then 'output_video_tokens'
            when output_citation_tokens is not null and output_citation_tokens_count is null
                then 'output_citation_tokens'
            when audio_milliseconds is not null and audio_milliseconds_count is null
                then 'audio_milliseconds'
            when input_characters is not null and input_characters_count is null
                then 'input_characters'
            when input_text_messages is not null and input_text_messages_count is null
                then 'input_text_messages'
            when web_searches is not null and web_searches_count is null
                then 'web_searches'
            when storage_searches is not null and storage_searches_count is null
                then 'storage_searches'
            when document_pages is not null and document_pages_count is null
                then 'document_pages'
            when annotated_document_pages is not null and annotated_document_pages_count is null
                then 'annotated_document_pages'
            when requests is not null and requests_count is null
                then 'requests'
        end as bad_meter,
        coalesce(audio_milliseconds_count, duration_milliseconds, 0) as audio_count,
        case
            when variant_text is null then []
            when not is_variant_text then null
            when starts_with(variant_text, '{')
                then list_transform(
                    map_entries(try(from_json(variant_text, '"MAP(VARCHAR,VARCHAR)"'))),
                    lambda pair: {'key': trim(pair.key), 'value': trim(pair.value)}
                )
            else list_transform(
                string_split(variant_text, ','),
                lambda part: {
                    'key': trim(split_part(part, '=', 1)),
                    'value': trim(split_part(part, '=', 2))
                }
            )
        end as variant_pairs,
        coalesce(
            context_text,
            case when account_id is not null or external_id is not null then 'customer' end
        ) as context,
        coalesce(
            occurred_at_time, case when occurred_at_text is null then $default_time end
        ) as occurred_at
    from named
),

judged as (
    select
        *,
        coalesce(
            usage_type_text,
            case
                when
                    audio_count > 0
                    and coalesce(input_tokens_count, 0) = 0
                    and coalesce(input_characters_count, 0) = 0
                    then 'audio_stt'
                else 'text'
            end
        ) as usage_type,
        coalesce(input_tokens_count, 0) as input_total,
        coalesce(output_tokens_count, 0) as output_total,
        case
            when problem is not null then problem
            when occurred_at_text is not null and occurred_at_time is null then 'bad_time'
            when occurred_at is null then 'missing_time'
            when occurred_at < timestamp '2015-01-01' then 'time_too_early'
            when occurred_at > $latest_time then 'time_in_future'
            when model is null then 'missing_model'
            when context is null then 'missing_account'
            when context not in ('customer', 'system') then 'bad_context'
            when context = 'customer' and account_id is null and external_id is null
                then 'missing_account'
            when
                account_id is not null and known_id is null
                or external_id is not null and known_external is null and not $create_accounts
                then 'unknown_account'
            when
                account_id is not null
                and external_id is not null
                and known_id is distinct from known_external
                then 'account_mismatch'
            when bad_meter is not null then 'bad_count'
            when audio_duration_seconds is not null and duration_milliseconds is null
                then 'bad_duration'
            when
                usage_type_text is not null
                and usage_type_text not in ('text', 'audio_stt', 'audio_tts', 'embedding', 'image')
                then 'bad_usage_type'
            when
                case
                    when variant_text is null then false
                    else variant_pairs is null
                    or len(variant_pairs)
                    <> list_unique(list_transform(variant_pairs, lambda x: x.key))
                    or len(list_filter(variant_pairs, lambda x: x.key = '' or x.value = '')) > 0
                    or regexp_matches(variant_text, '[\x00-\x1f\x7f]')
                end
                then 'bad_variant'
            when not is_tags_object then 'bad_tags'
            when len(tag_keys) > 1 and len(tag_keys) <> list_unique(tag_keys) then 'repeated_key'
            when not is_meters_object then 'bad_other_meters'
        end as code
    from counted
),

weighed as (
    select
        *,
        case
            when code is not null then code
            when
                coalesce(cache_read_tokens_count, 0)
                + coalesce(cache_write_tokens_count, 0)
                + coalesce(cache_write_1h_tokens_count, 0) > input_total
                then 'cache_exceeds_input'
            when
                coalesce(input_audio_tokens_count, 0)
                + coalesce(input_image_tokens_count, 0)
                + coalesce(input_video_tokens_count, 0) > input_total
                then 'parts_exceed_input'
            when
                coalesce(cache_audio_read_tokens_count, 0) > coalesce(input_audio_tokens_count, 0)
                or coalesce(cache_image_read_tokens_count, 0)
                > coalesce(input_image_tokens_count, 0)
                or coalesce(cache_audio_read_tokens_count, 0)
                + coalesce(cache_image_read_tokens_count, 0) > coalesce(cache_read_tokens_count, 0)
                then 'cached_part_exceeds'
            when
                coalesce(output_reasoning_tokens_count, 0)
                + coalesce(output_citation_tokens_count, 0) > output_total
                or coalesce(output_audio_tokens_count, 0)
                + coalesce(output_image_tokens_count, 0)
                + coalesce(output_video_tokens_count, 0) > output_total
                then 'parts_exceed_output'
            when coalesce(annotated_document_pages_count, 0) > coalesce(document_pages_count, 0)
                then 'parts_exceed_pages'
        end as rejection_code
    from judged
),

typed_row as (
    select
        path,
        line_number,
        id_scope,
        case when rejection_code is not null then left(rtrim(excerpt, e'\r\n'), 512) end as excerpt,
        rejection_code,
        case rejection_code
            when 'bad_count' then bad_meter
            when 'bad_time' then occurred_at_text
            when 'time_too_early' then occurred_at_text
            when 'time_in_future' then occurred_at_text
            when 'bad_duration' then audio_duration_seconds
            when 'bad_context' then context
            when 'bad_usage_type' then usage_type_text
            when 'bad_variant' then variant_text
            when 'unknown_account' then coalesce(account_id, external_id)
            when 'account_mismatch' then account_id || ' / ' || external_id
        end as rejection_detail,
        record_id,
        occurred_at,
        occurred_at_text is not null as is_time_given,
        case
            when $billing_timezone = 'UTC' then cast(occurred_at as date)
            else cast(occurred_at at time zone 'UTC' at time zone $billing_timezone as date)
        end as local_day,
        context,
        coalesce(
            known_id, known_external, new_id
        ) as account_id,
        known_id is null
        and known_external is null
        and external_id is not null as is_new_account,
        external_id,
        transaction_id,
        provider,
        model,
        usage_type,
        case
            when variant_text is null then ''
            else array_to_string(
                list_transform(
                    list_sort(variant_pairs), lambda pair: pair.key || '=' || pair.value
                ),
                ','
            )
        end as variant,
        coalesce(input_tokens_count, 0) as input_tokens,
        coalesce(cache_read_tokens_count, 0) as cache_read_tokens,
        coalesce(cache_write_tokens_count, 0) as cache_write_tokens,
        coalesce(cache_write_1h_tokens_count, 0) as cache_write_1h_tokens,
        coalesce(input_audio_tokens_count, 0) as input_audio_tokens,
        coalesce(cache_audio_read_tokens_count, 0) as cache_audio_read_tokens,
        coalesce(input_image_tokens_count, 0) as input_image_tokens,
        coalesce(cache_image_read_tokens_count, 0) as cache_image_read_tokens,
        coalesce(input_video_tokens_count, 0) as input_video_tokens,
        coalesce(output_tokens_count, 0) as output_tokens,
        coalesce(output_reasoning_tokens_count, 0) as output_reasoning_tokens,
        coalesce(output_audio_tokens_count, 0) as output_audio_tokens,
        coalesce(output_image_tokens_count, 0) as output_image_tokens,
        coalesce(output_video_tokens_count, 0) as output_video_tokens,
        coalesce(output_citation_tokens_count, 0) as output_citation_tokens,
        coalesce(input_characters_count, 0) as input_characters,
        coalesce(input_text_messages_count, 0) as input_text_messages,
        coalesce(web_searches_count, 0) as web_searches,
        coalesce(storage_searches_count, 0) as storage_searches,
        coalesce(document_pages_count, 0) as document_pages,
        coalesce(annotated_document_pages_count, 0) as annotated_document_pages,
        audio_count as audio_milliseconds,
        coalesce(requests_count, 1) as requests,
        case
            when rejection_code is null and other_meters is not null
                then nullif(
                    cast(
                        to_json(
                            map_from_entries(
                                list_sort(
                                    list_filter(
                                        map_entries(
                                            from_json(other_meters, '"MAP(VARCHAR,BIGINT)"')
                                        ),
                                        lambda meter: meter.value > 0
                                    )
                                )
                            )
                        ) as varchar
                    ),
                    '{}'
                )
        end as other_meters,
        description,
        -- In order and without spaces, so that two spellings of one object are one content. Books
        -- that were made before keep the text: the hashes of their records are of that.
        case
            when rejection_code is not null or tags is null or not $are_tags_sorted then tags
            when len(tag_keys) = 0 then null
            when tag_keys = list_sort(tag_keys) and not regexp_matches(tags, '[\s\\]') then tags
            else cast(
                to_json(
                    map_from_entries(
                        list_sort(map_entries(from_json(tags, '"MAP(VARCHAR,JSON)"')))
                    )
                ) as varchar
            )
        end as tags
    from weighed
),

described as (
    select
        *,
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
    from typed_row
),

keyed as (
    select
        *,
        md5_number(
            concat_ws(
                chr(31),
                coalesce(record_id, ''),
                case when is_time_given then epoch_us(occurred_at) else 0 end,
                context,
                coalesce(account_id, ''),
                coalesce(transaction_id, ''),
                coalesce(provider, ''),
                model,
                usage_type,
                variant,
                input_tokens,
                output_tokens,
                'cache_read_tokens=' || nullif(cache_read_tokens, 0),
                'cache_write_tokens=' || nullif(cache_write_tokens, 0),
                'output_reasoning_tokens=' || nullif(output_reasoning_tokens, 0),
                'requests=' || nullif(requests, 1),
                case
                    when has_rare_meters then concat_ws(
                        chr(31),
                        'cache_write_1h_tokens=' || nullif(cache_write_1h_tokens, 0),
                        'input_audio_tokens=' || nullif(input_audio_tokens, 0),
                        'cache_audio_read_tokens=' || nullif(cache_audio_read_tokens, 0),
                        'input_image_tokens=' || nullif(input_image_tokens, 0),
                        'cache_image_read_tokens=' || nullif(cache_image_read_tokens, 0),
                        'input_video_tokens=' || nullif(input_video_tokens, 0),
                        'output_audio_tokens=' || nullif(output_audio_tokens, 0),
                        'output_image_tokens=' || nullif(output_image_tokens, 0),
                        'output_video_tokens=' || nullif(output_video_tokens, 0),
                        'output_citation_tokens=' || nullif(output_citation_tokens, 0),
                        'audio_milliseconds=' || nullif(audio_milliseconds, 0),
                        'input_characters=' || nullif(input_characters, 0),
                        'input_text_messages=' || nullif(input_text_messages, 0),
                        'web_searches=' || nullif(web_searches, 0),
                        'storage_searches=' || nullif(storage_searches, 0),
                        'document_pages=' || nullif(document_pages, 0),
                        'annotated_document_pages=' || nullif(annotated_document_pages, 0)
                    )
                end,
                'other_meters=' || other_meters,
                'description=' || length(description) || ':' || description,
                'tags=' || tags
            )
        ) as content_key
    from described
)

select
    * exclude (content_key),
    cast(content_key >> 64 as ubigint) as content_hash,
    cast(content_key & 18446744073709551615 as ubigint) as other_content_hash
from keyed
