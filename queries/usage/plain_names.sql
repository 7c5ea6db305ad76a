-- One row per name that plain rows have: as `rating` wants to have it resolved.
select distinct
    provider as provider_as_sent,
    model as model_as_sent,
    '' as variant
from typed_row
where is_clean and model <> ''
