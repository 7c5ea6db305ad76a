-- One row if it is known what a name means.
select 1 as is_known
from model_name
where
    provider_as_sent = $provider_as_sent
    and model_as_sent = $model_as_sent
    and variant = $variant
limit 1
