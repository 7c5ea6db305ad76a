-- One row per name of the built-in file of floating names, and span.
insert into floating_name (
    provider, name, target_provider, target_model, valid_from, valid_to, fact
)
select
    provider,
    name,
    target_provider,
    target_model,
    coalesce(cast(valid_from as timestamp), timestamp '0001-01-01') as valid_from,
    coalesce(cast(valid_to as timestamp), timestamp '9999-12-31') as valid_to,
    fact
from raw_name
