-- One row, if any: a counter that is minded again.
update ignored_meter
set minded_at = $minded_at
where meter = $meter and provider = $provider and model = $model
