-- One row per price, for other readers of an archive.
select *
from price
order by provider, model, variant, effective_from, price_id
