-- One row: the variants that a model has prices for.
update model
set variants = $variants
where provider = $provider and model = $model
