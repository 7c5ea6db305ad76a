-- One row per model with its standard price now, for the smallest requests.
with current_price as (
    select
        price.provider,
        price.model,
        price.price_id,
{% for meter in ("input_tokens", "output_tokens", "cache_read_tokens") %}
        max(rate.amount) filter (rate.meter = '{{ meter }}') as {{ meter }}_amount,
        max(rate.per) filter (rate.meter = '{{ meter }}') as {{ meter }}_per
        {{- "," if not loop.last }}
{% endfor %}
    from price
    left join price_rate as rate on price.price_id = rate.price_id
    where
        price.variant = ''
        and price.known_to = timestamp '9999-12-31'
        and cast($at as timestamp) >= price.effective_from
        and cast($at as timestamp) < price.effective_to
        and price.input_tokens_from = 0
        and {{ is_in_window("cast($at as timestamp)") | indent(4) }}
    group by
        price.provider,
        price.model,
        price.price_id
)

select
    model.provider,
    model.model,
    model.name,
    model.context_window,
    model.origin,
    model.variants,
    current_price.price_id,
{% for meter in ("input_tokens", "output_tokens", "cache_read_tokens") %}
    current_price.{{ meter }}_amount,
    current_price.{{ meter }}_per{{ "," if not loop.last }}
{% endfor %}
from model
left join current_price
    on model.provider = current_price.provider and model.model = current_price.model
where
    ($provider is null or model.provider = $provider)
    and ($model is null or model.model = $model)
    and (
        $search is null
        or contains(lower(model.model), lower($search))
        or contains(lower(model.name), lower($search))
    )
order by model.provider, model.model
