-- One row per line of native JSONL: the columns of a usage record as text, checked no further than
-- JSON goes. Counts keep their JSON text, so that "12" (a string) and 12.5 can be told from 12.
-- `raw` has a column for each key; those in `absent_keys` were not looked for, since a sample of
-- the lines did not have them, so a line that has one is in `other_shape` and is read once more.
-- Keys are snake_case or camelCase. Keys that nothing knows become tags if they are short scalars:
-- prompts do not belong in a book.
-- Title: this program's own columns, in JSON lines, CSV and Parquet
-- Example: {"id": "call-7", "occurred_at": "2026-10-05T12:00:00Z", "external_id": "acme",
-- "model": "gpt-4o", "input_tokens": 1500, "cached_tokens": 200, "output_tokens": 500}
with counted as (
    select
        *,
        (
{% for spellings in native.values() %}
{% set outer = loop %}
{% for key in spellings %}
            {{ "+ " if not (outer.first and loop.first) }}("{{ key }}" is not null)::int
{% endfor %}
{% endfor %}
        ) as known_keys,
        (
{% for spellings in native.values() %}
            {{ "+ " if not loop.first }}(
                "{{ spellings | join('" is not null or "') }}" is not null
            )::int
{% endfor %}
        ) as known_columns
    from raw
),

sorted as (
    select
        *,
        -- Where as many keys are there as columns have a value, none is unknown, null or twice.
        case when len(keys) <> known_keys then list_filter(
            keys,
            lambda key: key not in (
{% for spellings in native.values() %}
                '{{ spellings | join("', '") }}'{{ "," if not loop.last }}
{% endfor %}
            )
        ) end as unknown_keys
    from counted
),

surplus as (
    select
        *,
        case
            when
                len(unknown_keys) between 1 and 256
                and len(unknown_keys) = list_unique(unknown_keys)
                then list_transform(
                    unknown_keys,
                    lambda key: {
                        'key': key,
                        'value': json_extract(
                            line, '/' || replace(replace(key, '~', '~0'), '/', '~1')
                        )
                    }
                )
        end as pairs
    from sorted
),

surplus_split as (
    select
        *,
        list_filter(
            pairs,
            lambda pair: pair.key in (
{% for key in unstored %}
                '{{ key }}'{{ "," if not loop.last }}
{% endfor %}
            )
            and json_type(pair.value) <> 'NULL'
        ) as meter_pairs,
        list_filter(
            pairs,
            lambda pair: pair.key not in (
{% for key in unstored %}
                '{{ key }}'{{ "," if not loop.last }}
{% endfor %}
            )
            and json_type(pair.value) not in ('OBJECT', 'ARRAY', 'NULL')
            and length(json_extract_string(pair.value, '$')) <= 256
        ) as tag_pairs
    from surplus
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    case
        when problem is not null then problem
        when is_object is null then 'bad_json'
        when not is_object then 'not_an_object'
        -- DuckDB takes NaN, Infinity and a comma before a closing bracket for JSON. They are looked
        -- for only where they could stand: at the end, in nested values, in keys nobody knows and
        -- for a text.
        when
            case
                when
                    regexp_matches(line, '[,\s]\}\s*$')
                    or len(unknown_keys) > 0
                    or coalesce(tags, variant, coalesce(other_meters, "otherMeters")) is not null
                    or (
                        regexp_matches(
                            concat(
{% for name in texts if name not in ("occurred_at", "context", "usage_type") %}
                                left("{{ native[name] | join('", 1), left("') }}", 1)
                                {{- "," if not loop.last }}
{% endfor %}
                            ),
                            '[iInN-]'
                        )
                        and regexp_matches(line, '(?i:[:\s-](nan|inf|infinity)\s*[,}])')
                    )
                    then regexp_matches(
                        line, '^([^"]|"([^"\\]|\\.)*")*(,\s*[}\]]|(?i:nan|inf))'
                    )
                else false
            end
            then 'bad_json'
        when
            case
                when known_keys + len(unknown_keys) <> len(keys)
                    then list_has_any(keys, absent_keys)
                else false
            end
            then 'other_shape'
        when known_columns <> known_keys then 'repeated_key'
        when len(unknown_keys) > 256 then 'too_many_keys'
        -- Only where keys do not add up (one is null, or stands twice) is the costly look worth it.
        when
            case
                when len(meter_pairs) > 0
                    then list_has_any(
                        try(json_keys(coalesce(other_meters, "otherMeters"))),
                        list_transform(
                            meter_pairs,
                            lambda pair: lower(regexp_replace(pair.key, '([A-Z])', '_\1', 'g'))
                        )
                    )
                else false
            end
            then 'repeated_key'
        when
            len(meter_pairs) > 1
            and len(meter_pairs)
            <> list_unique(
                list_transform(
                    meter_pairs,
                    lambda pair: lower(regexp_replace(pair.key, '([A-Z])', '_\1', 'g'))
                )
            )
            then 'repeated_key'
        when
            case
                when known_keys + len(unknown_keys) <> len(keys) or len(unknown_keys) > 1
                    then len(keys) <> list_unique(keys)
                else false
            end
            then 'repeated_key'
        when
            model is not null and coalesce(model_id, "modelId") is not null
{% for meter in meters %}
{% for other in meter.synonyms + ((meter.seconds,) if meter.seconds else ()) %}
            or coalesce("{{ native[meter.name] | join('", "') }}") is not null
            and coalesce("{{ native[other] | join('", "') }}") is not null
{% endfor %}
{% endfor %}
            then 'repeated_key'
        when
            case
                when
                    regexp_matches(
                        concat(
{% for name in texts %}
{% for key in native[name] %}
                            left("{{ key }}", 1),
{% endfor %}
{% endfor %}
                            left(cast(variant as varchar), 1)
                        ),
                        '[{\[]'
                    )
                    then list_has_any(
                        json_type(
                            line,
                            [
{% for name in texts %}
                                '/{{ native[name] | join("', '/") }}'{{ "," if not loop.last }}
{% endfor %}
                            ]
                        ),
                        ['OBJECT', 'ARRAY']
                    )
                    or json_type(line, '/variant') = 'ARRAY'
                else false
            end
            then 'bad_text'
    end as problem,
    id,
    coalesce(occurred_at, "occurredAt") as occurred_at,
    context,
    coalesce(account_id, "accountId") as account_id,
    coalesce(external_id, "externalId") as external_id,
    coalesce(transaction_id, "transactionId") as transaction_id,
    provider,
    coalesce(model, coalesce(model_id, "modelId")) as model,
    coalesce(usage_type, "usageType") as usage_type,
    case
        when json_type(variant) = 'OBJECT'
            then cast(variant as varchar)
        else json_extract_string(variant, '$')
    end as variant,
    description,
    -- A number, or a text: what is exact cannot always be a number of JSON's.
    regexp_replace(
        cast(coalesce(audio_duration_seconds, "audioDurationSeconds") as varchar), '^"(.+)"$', '\1'
    ) as audio_duration_seconds,
{% for meter in meters %}
    cast(
        coalesce(
            null{% for name in (meter.name,) + meter.synonyms %}{% for key in native[name] %},
            "{{ key }}"{% endfor %}{% endfor %}

        ) as varchar
    ) as {{ meter.name }},
{% endfor %}
    case
        when
            len(meter_pairs) > 0
            and coalesce(
                left(cast(coalesce(other_meters, "otherMeters") as varchar), 1), '{'
            ) = '{'
            then cast(
                json_merge_patch(
                    coalesce(coalesce(other_meters, "otherMeters"), '{}'),
                    to_json(
                        try(
                            map_from_entries(
                                list_transform(
                                    meter_pairs,
                                    lambda pair: {
                                        'key': lower(
                                            regexp_replace(pair.key, '([A-Z])', '_\1', 'g')
                                        ),
                                        'value': pair.value
                                    }
                                )
                            )
                        )
                    )
                ) as varchar
            )
        else cast(coalesce(other_meters, "otherMeters") as varchar)
    end as other_meters,
    -- What is in the tags wins. A patch would drop what is null there.
    case
        when len(tag_pairs) > 0 and coalesce(left(cast(tags as varchar), 1), '{') = '{'
            then coalesce(
                cast(
                    to_json(
                        try(
                            map_from_entries(
                                list_concat(
                                    list_filter(
                                        tag_pairs,
                                        lambda pair: not coalesce(
                                            list_contains(try(json_keys(tags)), pair.key), false
                                        )
                                    ),
                                    map_entries(
                                        try(from_json(tags, '"MAP(VARCHAR,JSON)"'))
                                    )
                                )
                            )
                        )
                    ) as varchar
                ),
                cast(tags as varchar)
            )
        else cast(tags as varchar)
    end as tags
from surplus_split
