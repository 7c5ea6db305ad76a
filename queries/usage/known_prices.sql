-- One row per price that usage of a name can have, with what a unit of each common meter costs,
-- times the divisor.
with marginal as (
    {{ marginals(common) }}
),

rated as (
    select
        price_id,
        bool_or(meter = 'input_tokens') as has_input_tokens_rate,
        bool_or(meter = 'output_tokens') as has_output_tokens_rate
    from price_rate
    group by price_id
)

select
    name.provider,
    name.model,
    price.price_id,
    price.is_free,
    greatest(price.effective_from, name.valid_from) as effective_from,
    least(price.effective_to, name.valid_to) as effective_to,
    price.input_tokens_from,
    price.input_tokens_to,
    price.window_days,
    price.window_start_second,
    price.window_end_second,
    price.window_zone,
    coalesce(rated.has_input_tokens_rate, false) as has_input_tokens_rate,
    coalesce(rated.has_output_tokens_rate, false) as has_output_tokens_rate,
    coalesce(rate.divisor, 1) as divisor,
{% for meter in common %}
    coalesce(rate.{{ meter.name }}, 0) as {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
from model_name as name
inner join price
    on
        name.price_provider = price.provider
        and name.price_model = price.model
        and name.price_variant = price.variant
        and price.known_to = timestamp '9999-12-31'
left join rated on price.price_id = rated.price_id
left join marginal as rate on price.price_id = rate.price_id
where
    name.provider_as_sent = $provider
    and name.model_as_sent = $model
    and name.variant = ''
    and name.how not in ('ambiguous', 'unknown')
