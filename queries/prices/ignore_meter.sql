-- One row: a counter that costs nothing from now on.
insert or replace into ignored_meter (meter, provider, model, created_at, minded_at)
values ($meter, $provider, $model, $created_at, null)
