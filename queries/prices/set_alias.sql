-- One row: what a name means.
insert or replace into alias (provider, name, target_provider, target_model, created_at)
values ($provider, $name, $target_provider, $target_model, $created_at)
