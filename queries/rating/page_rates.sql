-- One row per price of a page's records: what a unit of each meter costs.
select *
from marginal_rate
where list_contains($price_ids, price_id)
