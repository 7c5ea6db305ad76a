-- One row per provider, model and reason: what the log that usage came from took for its cost (the
-- tag `source_cost_usd`), what it is by the prices of the book, and why the two differ. A reason is
-- one that turns our cost into theirs, to a millionth.
-- Title: Cost by the log and by the book
with rate as (
    {{ marginals(meters) }}
),

compared as (
    select
        usage.record_id,
        usage.provider,
        usage.model,
        usage.occurred_at,
{{ quantities("usage.") }},
        usage.price_id,
        usage.unpriced_reason,
        usage.cost_usd,
        cast(usage.tags ->> '$.source_cost_usd' as decimal(38, 18)) as source_cost_usd
    from rated_usage as usage
    where
        regexp_full_match(
            usage.tags ->> '$.source_cost_usd', '[0-9]{1,12}([.][0-9]{1,30})?([eE]-?[0-9]{1,2})?'
        )
        and ($start_day is null or usage.local_day >= cast($start_day as date))
        and ($end_day is null or usage.local_day < cast($end_day as date))
        and ($context is null or usage.context = $context)
        and ($account is null or usage.account_id = $account or usage.external_id = $account)
        and ($provider is null or usage.provider = lower($provider))
        and ($model is null or lower(usage.model) = lower($model))
        and ($usage_type is null or usage.usage_type = $usage_type)
),

rated as (
    select
        compared.*,
        price.provider as price_provider,
        price.model as price_model,
        price.variant as price_variant,
        rate.input_tokens as input_rate,
        rate.output_tokens as output_rate,
        rate.web_searches as search_rate,
        compared.cache_read_tokens * rate.cache_read_tokens
        + compared.cache_write_tokens * rate.cache_write_tokens
        + compared.cache_write_1h_tokens * rate.cache_write_1h_tokens as cache_margin,
        compared.cache_read_tokens
        + compared.cache_write_tokens
        + compared.cache_write_1h_tokens as cache_tokens,
        source_cost_usd - cost_usd as gap,
        cast(0.000000001 + cost_usd * 0.000001 as decimal(38, 18)) as tolerance,
        -- Rates are times the divisor of their price, so what is compared with them is as well.
        cast(gap * coalesce(rate.divisor, 1) as decimal(38, 18)) as whole_gap,
        cast(tolerance * coalesce(rate.divisor, 1) as decimal(38, 18)) as whole_tolerance
    from compared
    left join price on compared.price_id = price.price_id
    left join rate on compared.price_id = rate.price_id
),

-- The same call at the other prices of its model: of another tier, variant or day.
multiplied as (
    select
        rated.record_id,
        price.variant,
        price.effective_from <= rated.occurred_at
        and price.effective_to > rated.occurred_at as is_then,
        rate.divisor,
        {{ undivided_cost(meters, "rated.") | indent(4) }} as undivided_cost
    from rated
    inner join price
        on
            rated.price_provider = price.provider
            and rated.price_model = price.model
            and rated.price_id <> price.price_id
    inner join rate on price.price_id = rate.price_id
    where abs(rated.gap) > rated.tolerance and price.known_to = timestamp '9999-12-31'
),

repriced as (
    select
        *,
        {{ divided("undivided_cost", "divisor") | indent(4) }} as cost_usd
    from multiplied
),

same_elsewhere as (
    select
        rated.record_id,
        max(
            case
                when repriced.variant <> rated.price_variant and repriced.is_then then 1 else 0
            end
        ) as is_other_variant,
        max(
            case
                when repriced.variant = rated.price_variant and repriced.is_then then 1 else 0
            end
        ) as is_other_size,
        max(case when not repriced.is_then then 1 else 0 end) as is_other_day
    from rated
    inner join repriced on rated.record_id = repriced.record_id
    where abs(rated.source_cost_usd - repriced.cost_usd) <= rated.tolerance
    group by rated.record_id
),

explained as (
    select
        rated.*,
        case
            when rated.cost_usd is null then 'no price here: ' || rated.unpriced_reason
            when abs(rated.gap) <= rated.tolerance then 'the same'
            when rated.source_cost_usd = 0 then 'the log has no price'
            when
                rated.cache_tokens > 0
                and abs(rated.whole_gap + rated.cache_margin) <= rated.whole_tolerance
                then 'the log bills cached tokens as others'
            when
                rated.cache_tokens > 0
                and abs(rated.whole_gap - rated.cache_tokens * rated.input_rate)
                <= rated.whole_tolerance
                then 'the log bills cached tokens twice'
            when
                rated.cache_tokens > 0
                and abs(
                    rated.whole_gap + rated.cache_tokens * rated.input_rate + rated.cache_margin
                )
                <= rated.whole_tolerance
                then 'the log leaves the cache out'
            when
                rated.output_reasoning_tokens > 0
                and abs(rated.whole_gap - rated.output_reasoning_tokens * rated.output_rate)
                <= rated.whole_tolerance
                then 'the log bills reasoning twice'
            when
                rated.output_reasoning_tokens > 0
                and abs(rated.whole_gap + rated.output_reasoning_tokens * rated.output_rate)
                <= rated.whole_tolerance
                then 'the log leaves reasoning out'
            when
                rated.web_searches > 0
                and abs(rated.whole_gap + rated.web_searches * rated.search_rate)
                <= rated.whole_tolerance
                then 'the log leaves searches out'
            when same_elsewhere.is_other_variant = 1
                then 'the log has the price of another service tier'
            when same_elsewhere.is_other_size = 1
                then 'the log has the price of another request size'
            when same_elsewhere.is_other_day = 1 then 'the log has the price of another day'
            else 'another price'
        end as reason
    from rated
    left join same_elsewhere on rated.record_id = same_elsewhere.record_id
)

select
    coalesce(provider, '(unknown)') as provider,
    model,
    reason,
    cast(count(*) as bigint) as records,
    cast(sum(source_cost_usd) as decimal(38, 18)) as source_cost_usd,
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd,
    cast(sum(gap) as decimal(38, 18)) as difference_usd
from explained
group by coalesce(provider, '(unknown)'), model, reason
order by abs(sum(gap)) desc nulls first, provider, model, reason
