-- One row, or none: the value of a setting.
select value
from setting
where name = $name
