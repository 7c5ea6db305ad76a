-- One row: the cost of an estimate, or the reason why it has none.
select
    usage.provider,
    usage.model,
    usage.price_id,
    usage.unpriced_reason,
    usage.cost_usd,
    factor.charge_factor
from rated as usage
cross join charge_factor as factor
where factor.account_id is null
