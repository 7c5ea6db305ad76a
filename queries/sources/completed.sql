-- One row per record of a source that is not native, with what was said of all of them. A Unix time
-- is written out, so that such a row can be plain; of the tags only short scalars stay, since
-- prompts do not belong in a book.
with timed as (
    select
        *,
        {{ unix_microseconds("occurred_at") | indent(4) }} as unix_microseconds,
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
