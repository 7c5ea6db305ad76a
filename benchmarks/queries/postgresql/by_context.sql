-- One row per context of the month: the sums of its records.
select
    case when end_user = '' then 'system' else 'customer' end as context,
    count(*) as records,
    sum(prompt_tokens) as input_tokens,
    sum(completion_tokens) as output_tokens,
    sum(spend) as cost_usd,
    coalesce(sum(spend) filter (where end_user <> ''), 0) * 1.2 as charge_usd
from "LiteLLM_SpendLogs"
group by context
