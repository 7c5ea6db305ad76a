-- One row per name that means another model at another time, and span.
select
    provider,
    name,
    target_provider,
    target_model,
    valid_from,
    valid_to
from floating_name
order by provider, name, valid_from
