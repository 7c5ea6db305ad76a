-- One row per price that usage of a name can have, with what a unit of each meter costs.
select
    name.provider,
    name.model,
    price.price_id,
    price.is_free,
    price.effective_from,
    price.effective_to,
    price.input_tokens_from,
    price.input_tokens_to,
    price.window_start_second,
    price.window_end_second,
    price.input_tokens_rate is not null as has_input_tokens_rate,
    price.output_tokens_rate is not null as has_output_tokens_rate,
    rate.input_tokens,
    rate.cache_read_tokens,
    rate.cache_write_tokens,
    rate.output_tokens,
    rate.output_reasoning_tokens,
    rate.requests
from model_name as name
inner join price
    on
        name.price_provider = price.provider
        and name.price_model = price.model
        and name.price_variant = price.variant
        and price.known_to = timestamp '9999-12-31'
inner join marginal_rate as rate on price.price_id = rate.price_id
where
    name.provider_as_sent = $provider
    and name.model_as_sent = $model
    and name.variant = ''
    and name.how not in ('ambiguous', 'unknown')
