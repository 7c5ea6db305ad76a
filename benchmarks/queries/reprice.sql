-- One row per provider and model of a month: each record is priced anew and its cost summed.
-- The price is found as queries/rating/rate.sql finds it. Cost is linear in the meters, so those of the
-- records with one price are summed before they are multiplied, as the roll-up does it.
with rate as (
    {{ marginals(meters) }}
),

repriced as (
    select
        usage.provider,
        usage.model,
        price.price_id,
        count(*) as records,
        count(*) filter (usage.price_id is distinct from price.price_id) as changed,
{{ summed("usage.") }}
    from usage_record as usage
    inner join model_name as name
        on
            usage.provider_as_sent = name.provider_as_sent
            and usage.model_as_sent = name.model_as_sent
            and usage.variant = name.variant
    inner join price
        on
            name.price_provider = price.provider
            and name.price_model = price.model
            and name.price_variant = price.variant
            and price.known_to = timestamp '9999-12-31'
            and usage.occurred_at >= price.effective_from
            and usage.occurred_at < price.effective_to
            and usage.input_tokens >= price.input_tokens_from
            and usage.input_tokens < price.input_tokens_to
            and {{ is_in_window("usage.occurred_at") }}
    where
        usage.local_day >= cast($start_day as date)
        and usage.local_day < cast($end_day as date)
    group by usage.provider, usage.model, price.price_id
),

multiplied as (
    select
        usage.*,
        rate.divisor,
        {{ undivided_cost(meters, "usage.") }} as undivided_cost
    from repriced as usage
    inner join rate on usage.price_id = rate.price_id
)

select
    provider,
    model,
    cast(sum(records) as bigint) as records,
    cast(sum(changed) as bigint) as changed,
    cast(sum({{ divided("undivided_cost", "divisor") }}) as decimal(38, 18)) as cost_usd
from multiplied
group by provider, model
