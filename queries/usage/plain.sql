-- One row per row that was read: whether it is plain, and if so all that a load finds out about it.
-- Plain is what needs no second look: an id, a time, a model with a price, token counts, and
-- nothing that could be refused. Everything else takes the way of stage.sql and rate.sql, which
-- this query must agree with to the letter. It has no `where`: DuckDB would push it down and
-- compute whatever it reads twice.
with judged as (
    select
        *,
        coalesce(
            is_clean
            and is_counted
            and record_id is not null
            and occurred_at >= timestamp '2015-01-01'
            and occurred_at <= $latest_time
            and (
                context = 'system'
                or context = 'customer' and (account_id is not null or external_id is not null)
            )
            and usage_type in ('{{ usage_types | join("', '") }}')
            and cache_read_tokens + cache_write_tokens <= input_tokens
            and output_reasoning_tokens <= output_tokens
            and input_tokens + output_tokens < 1000000,
            false
        ) as is_sound
    from typed_row
),

placed as (
    select
        judged.*,
        by_id.account_id as known_id,
        by_external.account_id as known_external,
        price.name_row,
        price.price_row,
        price.takes_input,
        price.takes_output,
        price.divisor,
        {{ undivided_cost(plain, "judged.", "price.", "_rate") | indent(4) }}
        + price.requests_rate as undivided_cost,
        case
            when by_external.account_id is null then 'acc_' || left(md5(judged.external_id), 20)
        end as derived_id
    from judged
    left join account as by_id on judged.account_id = by_id.account_id
    left join account as by_external on judged.external_id = by_external.external_id
    left join plain_price as price
        on
            coalesce(judged.provider, '') = price.provider_as_sent
            and judged.model = price.model_as_sent
            and judged.occurred_at >= price.effective_from
            and judged.occurred_at < price.effective_to
            and judged.input_tokens >= price.input_tokens_from
            and judged.input_tokens < price.input_tokens_to
            and {{ is_in_window("judged.occurred_at") | indent(8) }}
),

-- An account whose external id was changed keeps the id that was made of the old one.
owned as (
    select
        placed.*,
        coalesce(
            placed.known_id,
            placed.known_external,
            case
                when taken.account_id is null then placed.derived_id
                else 'acc_' || left(md5('again/' || placed.external_id), 20)
            end
        ) as owner_id
    from placed
    left join account as taken on placed.derived_id = taken.account_id
),

keyed as (
    select
        *,
        coalesce(
            is_sound
            and price_row is not null
            and (takes_input or input_tokens = 0)
            and (takes_output or output_tokens = 0)
            and (account_id is null or known_id is not null)
            and (external_id is null or known_external is not null or $create_accounts)
            and (
                account_id is null
                or external_id is null
                or known_id is not distinct from known_external
            ),
            false
        ) as is_plain,
        md5_number(
            concat_ws(
                chr(31),
                record_id,
                epoch_us(occurred_at),
                context,
                coalesce(owner_id, ''),
                '',
                coalesce(provider, ''),
                model,
                usage_type,
                '',
                input_tokens,
                output_tokens,
                'cache_read_tokens=' || nullif(cache_read_tokens, 0),
                'cache_write_tokens=' || nullif(cache_write_tokens, 0),
                'output_reasoning_tokens=' || nullif(output_reasoning_tokens, 0),
                'description=' || length(description) || ':' || description,
                'tags=' || tags
            )
        ) as content_key
    from owned
)

select
    is_plain,
    path,
    line_number,
    record_id,
    occurred_at,
    case
        when $billing_timezone = 'UTC' then cast(occurred_at as date)
        else cast(occurred_at at time zone 'UTC' at time zone $billing_timezone as date)
    end as local_day,
    context,
    owner_id as account_id,
    case
        when known_id is null and known_external is null then external_id
    end as new_external_id,
    name_row,
    price_row,
    usage_type,
{% for meter in plain %}
    {{ meter.name }},
{% endfor %}
    {{ divided("undivided_cost", "divisor") }} as cost_usd,
    description,
    tags,
    cast(content_key >> 64 as ubigint) as content_hash,
    cast(md5_number(record_id) >> 64 as ubigint) as id_hash
from keyed
