-- One row: a setting's new value.
insert or replace into setting (name, value)
values ($name, $value)
