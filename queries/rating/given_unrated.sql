-- One row: the usage of an estimate, as what `rate` reads.
select *
from given_usage
