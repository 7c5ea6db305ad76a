-- The tables of LiteLLM that hold spend, with its types, keys and indexes (schema.prisma of
-- BerriAI/litellm: LiteLLM_SpendLogs and LiteLLM_DailyEndUserSpend), and the prices of the month.
drop schema public cascade;
create schema public;
create table "LiteLLM_SpendLogs" (
    request_id text not null primary key,
    call_type text not null,
    api_key text not null default '',
    spend double precision not null default 0,
    total_tokens integer not null default 0,
    prompt_tokens integer not null default 0,
    completion_tokens integer not null default 0,
    "startTime" timestamp(3) not null,
    "endTime" timestamp(3) not null,
    request_duration_ms integer,
    "completionStartTime" timestamp(3),
    model text not null default '',
    model_id text default '',
    model_group text default '',
    custom_llm_provider text default '',
    api_base text default '',
    "user" text default '',
    metadata jsonb default '{}',
    cache_hit text default '',
    cache_key text default '',
    request_tags jsonb default '[]',
    team_id text,
    organization_id text,
    end_user text,
    requester_ip_address text,
    messages jsonb default '{}',
    response jsonb default '{}',
    session_id text,
    status text,
    mcp_namespaced_tool_name text,
    agent_id text,
    proxy_server_request jsonb default '{}'
);
create index on "LiteLLM_SpendLogs" ("startTime");
create index on "LiteLLM_SpendLogs" ("startTime", request_id);
create index on "LiteLLM_SpendLogs" (end_user);
create index on "LiteLLM_SpendLogs" (session_id);
create table "LiteLLM_DailyEndUserSpend" (
    id text not null primary key,
    end_user_id text,
    date text not null,
    api_key text not null,
    model text,
    model_group text,
    custom_llm_provider text,
    mcp_namespaced_tool_name text,
    endpoint text,
    prompt_tokens bigint not null default 0,
    completion_tokens bigint not null default 0,
    cache_read_input_tokens bigint not null default 0,
    cache_creation_input_tokens bigint not null default 0,
    spend double precision not null default 0,
    api_requests bigint not null default 0,
    successful_requests bigint not null default 0,
    failed_requests bigint not null default 0,
    created_at timestamp(3) not null default current_timestamp,
    updated_at timestamp(3) not null
);
create unique index on "LiteLLM_DailyEndUserSpend" (
    end_user_id,
    date,
    api_key,
    model,
    custom_llm_provider,
    mcp_namespaced_tool_name,
    endpoint
);
create index on "LiteLLM_DailyEndUserSpend" (date);
create index on "LiteLLM_DailyEndUserSpend" (end_user_id, date);
create index on "LiteLLM_DailyEndUserSpend" (api_key);
create index on "LiteLLM_DailyEndUserSpend" (model);
create index on "LiteLLM_DailyEndUserSpend" (mcp_namespaced_tool_name);
create index on "LiteLLM_DailyEndUserSpend" (endpoint);
create table price (
    provider_as_sent text not null,
    model_as_sent text not null,
    provider text not null,
    model text not null,
    price_id text not null primary key,
    window_start_second integer not null,
    window_end_second integer not null,
    input_rate numeric(18, 12) not null,
    cache_read_rate numeric(18, 12),
    output_rate numeric(18, 12) not null,
    request_rate numeric(18, 12)
)
