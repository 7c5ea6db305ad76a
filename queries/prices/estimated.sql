-- One row: the rated usage of an estimate, as what `lines` reads.
select
    1 as line_key,
    price_id,
    cost_usd,
{{ quantities() }}
from rated
