-- One row per day, account, usage type, model, variant, price and tags of a period: the sums of its
-- meters. Of the tags only those asked for count ('*' is all), in order of their names; a nested
-- value becomes its JSON text, since a tag of FOCUS is a scalar. The key holds what tells the row
-- from others, and the audio as it was reported.
with named as (
    select
{{ cell_key() }},
{{ quantities() }},
        cost_usd,
        tags,
        list_sort(
            list_filter(
                json_keys(tags),
                lambda name: list_contains($tags, name) or list_contains($tags, '*')
            )
        ) as names
    from usage_record
    where
        price_id is not null
        and ($start_day is null or local_day >= cast($start_day as date))
        and ($end_day is null or local_day < cast($end_day as date))
        and ($context is null or context = $context)
        and ($account is null or account_id = $account_id)
        and ($provider is null or provider = lower($provider))
        and ($model is null or lower(model) = lower($model))
        and ($usage_type is null or usage_type = $usage_type)
),

tagged as (
    select
{{ cell_key() }},
{{ quantities() }},
        cost_usd,
        list_transform(
            names,
            lambda name: concat(
                to_json(name),
                ':',
                case
                    when
                        json_type(tags -> ('/' || replace(replace(name, '~', '~0'), '/', '~1')))
                        in ('OBJECT', 'ARRAY')
                        then to_json(
                            cast(
                                tags -> ('/' || replace(replace(name, '~', '~0'), '/', '~1'))
                                as varchar
                            )
                        )
                    else tags -> ('/' || replace(replace(name, '~', '~0'), '/', '~1'))
                end
            )
        ) as members
    from named
),

labelled as (
    select
{{ cell_key() }},
{{ quantities() }},
        cost_usd,
        case
            when len(members) > 0 then concat('{', array_to_string(members, ','), '}')
        end as tags
    from tagged
)

select
    {
        'local_day': local_day,
        'context': context,
        'account_id': account_id,
        'usage_type': usage_type,
        'provider': provider,
        'model': model,
        'variant': variant,
        'price_id': price_id,
        'tags': tags,
        'audio_milliseconds': cast(sum(audio_milliseconds) as bigint)
    } as line_key,
    price_id,
{{ summed() }},
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from labelled
group by
{{ cell_key() }},
    tags
