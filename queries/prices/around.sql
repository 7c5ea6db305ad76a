-- One row: where the prices of a model and variant end before an instant, and where they begin
-- after it.
select
    max(effective_to) filter (where effective_to <= cast($at as timestamp)) as ends_at,
    min(effective_from) filter (where effective_from > cast($at as timestamp)) as begins_at
from price
where
    provider = $provider
    and model = $model
    and variant = $variant
    and known_to = timestamp '9999-12-31'
