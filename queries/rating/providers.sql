-- One row per provider, in the order in which they are tried.
select
    provider,
    name,
    model_match,
    provider_match,
    fallback
from provider
order by position
