-- One row if there is usage without a price, else none.
select record_id
from usage_record
where price_id is null
limit 1
