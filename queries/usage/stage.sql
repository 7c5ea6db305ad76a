-- One row per record that the rule book has checked: with its account, and the hash of its
-- content, which is of what the caller sent after mapping. The hash names only what is there, so
-- that a meter that a later version adds leaves the hashes of old records as they are.
with placed as (
    select
        checked_row.*,
        by_id.account_id as known_id,
        by_external.account_id as known_external,
        case
            when by_external.account_id is null
                then 'acc_' || left(md5(checked_row.external_id), 20)
        end as derived_id
    from checked_row
    left join account as by_id on checked_row.account_id = by_id.account_id
    left join account as by_external on checked_row.external_id = by_external.external_id
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

judged as (
    select
        *,
        case
            when rejection_code is not null then rejection_code
            when
                account_id is not null and known_id is null
                or external_id is not null and known_external is null and not $create_accounts
                then 'unknown_account'
            when
                account_id is not null
                and external_id is not null
                and known_id is distinct from known_external
                then 'account_mismatch'
        end as code
    from named
),

typed_row as (
    select
        path,
        line_number,
        id_scope,
        case when code is not null then left(rtrim(excerpt, e'\r\n'), 512) end as excerpt,
        code as rejection_code,
        case code
            when 'unknown_account' then coalesce(account_id, external_id)
            when 'account_mismatch' then account_id || ' / ' || external_id
            else rejection_detail
        end as rejection_detail,
        record_id,
        occurred_at,
        is_time_given,
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
        variant,
{% for meter in meters if meter.name != "requests" %}
        {{ meter.name }},
{% endfor %}
        requests,
        other_meters,
        description,
        tags
    from judged
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
