-- One row per resolved name and price that it may have, with what a plain row needs of it.
select
    name.provider_as_sent,
    name.model_as_sent,
    name.rowid as name_row,
    price.rowid as price_row,
    price.effective_from,
    price.effective_to,
    price.input_tokens_from,
    price.input_tokens_to,
    price.window_start_second,
    price.window_end_second,
    price.is_free or price.input_tokens_rate is not null as takes_input,
    price.is_free or price.output_tokens_rate is not null as takes_output
from model_name as name
inner join price
    on
        name.price_provider = price.provider
        and name.price_model = price.model
        and name.price_variant = price.variant
where
    name.variant = ''
    and name.how not in ('ambiguous', 'unknown')
    and price.known_to = timestamp '9999-12-31'
