-- One row per resolved name and price that it may have, with what a plain row needs of it: what a
-- unit of each common meter adds to the cost, times the divisor.
with marginal as (
    {{ marginals(common) }}
),

rated as (
    select
        price_id,
        bool_or(meter = 'input_tokens') as takes_input,
        bool_or(meter = 'output_tokens') as takes_output
    from price_rate
    group by price_id
)

select
    name.provider_as_sent,
    name.model_as_sent,
    name.rowid as name_row,
    price.rowid as price_row,
    greatest(price.effective_from, name.valid_from) as effective_from,
    least(price.effective_to, name.valid_to) as effective_to,
    price.input_tokens_from,
    price.input_tokens_to,
    price.window_days,
    price.window_start_second,
    price.window_end_second,
    price.window_zone,
    price.is_free or coalesce(rated.takes_input, false) as takes_input,
    price.is_free or coalesce(rated.takes_output, false) as takes_output,
    coalesce(rate.divisor, 1) as divisor,
{% for meter in common %}
    coalesce(rate.{{ meter.name }}, 0) as {{ meter.name }}_rate{{ "," if not loop.last }}
{% endfor %}
from model_name as name
inner join price
    on
        name.price_provider = price.provider
        and name.price_model = price.model
        and name.price_variant = price.variant
left join rated on price.price_id = rated.price_id
left join marginal as rate on price.price_id = rate.price_id
where
    name.variant = ''
    and name.how not in ('ambiguous', 'unknown')
    and price.known_to = timestamp '9999-12-31'
