-- One row, or none: a time zone that the engine knows by its name.
select name
from pg_timezone_names()
where name = $zone
