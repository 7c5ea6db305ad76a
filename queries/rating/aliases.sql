-- One row per alias.
select
    nullif(provider, '') as provider,
    name,
    target_provider,
    target_model
from alias
order by provider, name
