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
            else make_timestamp({{ unix_microseconds("occurred_at") | indent(8) }})
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
{% for meter in meters %}
            when {{ meter.name }} is not null and {{ meter.name }}_count is null
                then '{{ meter.name }}'
{% endfor %}
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
                and usage_type_text not in ('{{ usage_types | join("', '") }}')
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
            when
                coalesce(
{% for meter in meters %}
                    {{ meter.name }},
{% endfor %}
                    other_meters,
                    audio_duration_seconds
                ) is null
                then 'missing_usage'
        end as code
    from counted
),

weighed as (
    select
        *,
        case
            when code is not null then code
{% for rule in part_rules %}
            when
{% for part in rule.parts %}
                {{ "+ " if not loop.first }}coalesce({{ part }}_count, 0)
{% endfor %}
                > coalesce({{ rule.whole }}_count, 0)
                then '{{ rule.code }}'
{% endfor %}
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
            -- The key that looks like a meter.
            when 'missing_usage'
                then list_filter(
                    map_entries(try(from_json(tags, '"MAP(VARCHAR,VARCHAR)"'))),
                    lambda tag: regexp_full_match(tag.value, '[0-9]{1,15}')
                    and regexp_matches(
                        tag.key,
                        '(?i)token|prompt|completion|input|output|usage|count|char|page|search'
                        || '|image|second|unit|request'
                    )
                )[1].key
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
{% for meter in meters if not meter.seconds and meter.name != "requests" %}
        coalesce({{ meter.name }}_count, 0) as {{ meter.name }},
{% endfor %}
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
{% for meter in meters if not meter.is_common %}
        {{ "+ " if not loop.first }}{{ meter.name }}
{% endfor %}
        > 0 as has_rare_meters
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
{% for meter in meters if not meter.is_common %}
                        '{{ meter.name }}=' || nullif({{ meter.name }}, 0){{ "," if not loop.last }}
{% endfor %}
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
