-- One row per two prices that hold for the same request at the same time and are both known now.
select
    one.price_id,
    other.price_id as other_price_id
from price as one
inner join price as other
    on
        one.provider = other.provider
        and one.model = other.model
        and one.variant = other.variant
        and one.price_id < other.price_id
where
    one.effective_from < other.effective_to
    and other.effective_from < one.effective_to
    and one.known_from < other.known_to
    and other.known_from < one.known_to
    and one.input_tokens_from < other.input_tokens_to
    and other.input_tokens_from < one.input_tokens_to
    and one.window_zone = other.window_zone
    and one.window_start_second < other.window_end_second
    and other.window_start_second < one.window_end_second
    and regexp_matches(one.window_days, '[' || other.window_days || ']')
