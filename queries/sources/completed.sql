-- One row per record of a source that is not native, with what was said of all of them. A time may
-- be Unix seconds, milliseconds, microseconds or nanoseconds, also one that a load was told to look
-- for; of the tags only short scalars stay, since prompts do not belong in a book.
with timed as (
    select
        *,
        case
            when not regexp_full_match(occurred_at, '[0-9]{9,19}([.][0-9]{1,9})?') then null
            when length(split_part(occurred_at, '.', 1)) <= 11
                then cast(cast(occurred_at as decimal(30, 9)) * 1000000 as bigint)
            when length(split_part(occurred_at, '.', 1)) <= 14
                then cast(cast(occurred_at as decimal(30, 9)) * 1000 as bigint)
            when length(split_part(occurred_at, '.', 1)) <= 16
                then cast(split_part(occurred_at, '.', 1) as bigint)
            -- 19 digits may be more than a number holds: such a time is refused.
            else try_cast(split_part(occurred_at, '.', 1) as bigint) // 1000
        end as unix_microseconds,
        -- Without what is null; what then is short and flat needs no second look.
        case
            when contains(tags, '":null')
                then regexp_replace(
                    regexp_replace(tags, '"[a-z_]+":null,', '', 'g'), ',?"[a-z_]+":null', '', 'g'
                )
            else tags
        end as bare_tags
    from said_row
)

select
    path,
    line_number,
    id_scope,
    id,
    context,
    account_id,
    external_id,
    transaction_id,
    provider,
    model,
    usage_type,
    variant,
    description,
    audio_duration_seconds,
{% for meter in meters %}
    {{ meter.name }},
{% endfor %}
    other_meters,
    -- Only what is long is cut, since a cut is a copy.
    case when strlen(excerpt) > 4096 then left(excerpt, 1024) else excerpt end as excerpt,
    case
        when problem is not null then problem
        when
            starts_with(id, '{')
            or starts_with(id, '[')
            or starts_with(provider, '{')
            or starts_with(provider, '[')
            or starts_with(model, '{')
            or starts_with(model, '[')
            then 'bad_text'
    end as problem,
    coalesce(
        strftime(make_timestamp(unix_microseconds), '%Y-%m-%dT%H:%M:%S.%fZ'), occurred_at
    ) as occurred_at,
    case
        when own_tags is not null then own_tags
        when length(bare_tags) <= 256 and not regexp_matches(bare_tags, '.[{\[]|""|null')
            then bare_tags
        when tags is not null
            then try(
                cast(
                    to_json(
                        map_from_entries(
                            list_filter(
                                map_entries(from_json(tags, '"MAP(VARCHAR,JSON)"')),
                                lambda tag: json_type(tag.value) not in ('OBJECT', 'ARRAY', 'NULL')
                                and length(json_extract_string(tag.value, '$')) between 1 and 256
                            )
                        )
                    ) as varchar
                )
            )
    end as tags
from timed
