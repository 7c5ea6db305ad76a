-- One row per name that plain rows have: as `rating` wants to have it resolved.
select distinct
    nullif(lower(trim(provider)), '') as provider_as_sent,
    trim(model) as model_as_sent,
    '' as variant
from plain_row
where is_clean and trim(model) <> ''
