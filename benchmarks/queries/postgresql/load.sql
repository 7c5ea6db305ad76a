-- No rows: what is staged and new is priced, appended and added to its days, each record once.
-- A daily row has one price: its endpoint names it, as a spend log's model_id does.
with appended as (
    insert into "LiteLLM_SpendLogs" (
        request_id,
        call_type,
        api_key,
        spend,
        total_tokens,
        prompt_tokens,
        completion_tokens,
        "startTime",
        "endTime",
        model,
        model_id,
        custom_llm_provider,
        metadata,
        request_tags,
        end_user,
        status
    )
    select
        staged.id,
        'acompletion',
        '',
        (
            staged.input_tokens
            - case when price.cache_read_rate is null then 0 else staged.cache_read_tokens end
        ) * price.input_rate
        + staged.cache_read_tokens * coalesce(price.cache_read_rate, 0)
        + staged.output_tokens * price.output_rate
        + coalesce(price.request_rate, 0),
        staged.input_tokens + staged.output_tokens,
        staged.input_tokens,
        staged.output_tokens,
        staged.occurred_at,
        staged.occurred_at,
        price.model,
        price.price_id,
        price.provider,
        jsonb_build_object(
            'additional_usage_values',
            jsonb_build_object('cache_read_input_tokens', staged.cache_read_tokens)
        ),
        coalesce(staged.tags, '[]'),
        coalesce(staged.external_id, ''),
        'success'
    from staged
    inner join price
        on
            staged.provider = price.provider_as_sent
            and staged.model = price.model_as_sent
            and extract(epoch from staged.occurred_at) % 86400 >= price.window_start_second
            and extract(epoch from staged.occurred_at) % 86400 < price.window_end_second
    on conflict (request_id) do nothing
    returning
        end_user,
        "startTime",
        model,
        model_id,
        custom_llm_provider,
        prompt_tokens,
        completion_tokens,
        metadata,
        spend
)

insert into "LiteLLM_DailyEndUserSpend" as daily (
    id,
    end_user_id,
    date,
    api_key,
    model,
    custom_llm_provider,
    mcp_namespaced_tool_name,
    endpoint,
    prompt_tokens,
    completion_tokens,
    cache_read_input_tokens,
    spend,
    api_requests,
    successful_requests,
    updated_at
)
select
    gen_random_uuid(),
    end_user,
    to_char("startTime", 'YYYY-MM-DD'),
    '',
    model,
    custom_llm_provider,
    '',
    model_id,
    sum(prompt_tokens),
    sum(completion_tokens),
    sum(cast(metadata #>> '{additional_usage_values,cache_read_input_tokens}' as integer)),
    sum(spend),
    count(*),
    count(*),
    current_timestamp
from appended
group by
    end_user,
    to_char("startTime", 'YYYY-MM-DD'),
    model,
    custom_llm_provider,
    model_id
on conflict (
    end_user_id,
    date,
    api_key,
    model,
    custom_llm_provider,
    mcp_namespaced_tool_name,
    endpoint
) do update set
    prompt_tokens = daily.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = daily.completion_tokens + excluded.completion_tokens,
    cache_read_input_tokens
    = daily.cache_read_input_tokens + excluded.cache_read_input_tokens,
    spend = daily.spend + excluded.spend,
    api_requests = daily.api_requests + excluded.api_requests,
    successful_requests = daily.successful_requests + excluded.successful_requests,
    updated_at = excluded.updated_at
