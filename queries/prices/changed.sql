-- One row per record whose price, model or reason is another one now.
select *
from rated
where
    price_id is not null
    or provider is distinct from old_provider
    or model is distinct from old_model
    or unpriced_reason is distinct from old_reason
