-- One row: the meters of the usage record that is explained.
select *
from explained_metered
