-- One row per day of the month, from the roll-up.
select
    cast(date as date) as day,
    cast(sum(api_requests) as bigint) as records,
    sum(prompt_tokens) as input_tokens,
    sum(completion_tokens) as output_tokens,
    sum(spend) as cost_usd,
    coalesce(sum(spend) filter (where end_user_id <> ''), 0) * 1.2 as charge_usd
from "LiteLLM_DailyEndUserSpend"
group by date
