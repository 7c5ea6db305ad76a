-- One row per counter that costs nothing here.
select
    meter,
    nullif(provider, '') as provider,
    nullif(model, '') as model,
    created_at
from ignored_meter
where minded_at is null
order by meter, provider, model
