-- One row per record of an account, the last hundred of them.
select
    id,
    occurred_at,
    provider,
    model,
    input_tokens,
    cache_read_tokens,
    output_tokens,
    cost_usd
from usage
where account = {account:String}
order by occurred_at desc, id desc
limit 100
