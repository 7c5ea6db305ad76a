-- One row: the sums of what a load would append.
select
    min(occurred_at) as first_at,
    max(occurred_at) as last_at,
    count(distinct account_id) as accounts,
    cast(coalesce(sum(input_tokens), 0) as bigint) as input_tokens,
    cast(coalesce(sum(output_tokens), 0) as bigint) as output_tokens,
    cast(coalesce(sum(cost_usd), 0) as decimal(38, 18)) as cost_usd
from usage_open
where load_id = $load_id
