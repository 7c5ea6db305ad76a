-- One row per rate of a price, for other readers of an archive.
select *
from price_rate
order by price_id, meter
