-- One row per day of the month: the sums of its records.
select
    cast("startTime" as date) as day,
    count(*) as records,
    sum(prompt_tokens) as input_tokens,
    sum(completion_tokens) as output_tokens,
    sum(spend) as cost_usd,
    coalesce(sum(spend) filter (where end_user <> ''), 0) * 1.2 as charge_usd
from "LiteLLM_SpendLogs"
group by cast("startTime" as date)
