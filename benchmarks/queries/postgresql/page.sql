-- One row per record of an account, the last hundred of them.
select
    request_id,
    "startTime",
    custom_llm_provider,
    model,
    prompt_tokens,
    cast(metadata #>> '{additional_usage_values,cache_read_input_tokens}' as integer)
    as cache_read_tokens,
    completion_tokens,
    spend
from "LiteLLM_SpendLogs"
where end_user = %(account)s
order by "startTime" desc, request_id desc
limit 100
