-- One row per model as it is sent and price that it can have in a month: what peers price with.
copy (
    select
        name.provider_as_sent,
        name.model_as_sent,
        name.provider,
        name.model,
        price.price_id,
        price.window_start_second,
        price.window_end_second,
        cast(max(rate.rate) filter (rate.meter = 'input_tokens') as decimal(18, 12))
            as input_rate,
        cast(max(rate.rate) filter (rate.meter = 'cache_read_tokens') as decimal(18, 12))
            as cache_read_rate,
        cast(max(rate.rate) filter (rate.meter = 'output_tokens') as decimal(18, 12))
            as output_rate,
        cast(max(rate.rate) filter (rate.meter = 'requests') as decimal(18, 12))
            as request_rate
    from model_name as name
    inner join price
        on
            name.price_provider = price.provider
            and name.price_model = price.model
            and name.price_variant = price.variant
    inner join unit_rate as rate on price.price_id = rate.price_id and rate.divisor = 1
    where
        name.variant = ''
        and price.known_to = timestamp '9999-12-31'
        and price.input_tokens_from = 0
        and price.effective_from <= cast($start_day as timestamp)
        and price.effective_to >= cast($end_day as timestamp)
    group by all
    order by
        name.provider,
        name.model,
        price.window_start_second
) to $path
