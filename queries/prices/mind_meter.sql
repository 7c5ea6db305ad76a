-- One row, if any: a counter that is minded again.
delete from ignored_meter
where meter = $meter and provider = $provider and model = $model
