-- One row: how many merges are under way.
select count() as merges
from system.merges
