-- One row per result of a bucket of Anthropic's usage report, or per equal part of one. The time is
-- the bucket's start. Uncached, read and written tokens stand beside each other: they are added up.
-- Title: Anthropic's usage report for messages, a page or a bucket a line
-- Example: {"data": [{"starting_at": "2026-10-05T00:00:00Z", "ending_at": "2026-10-06T00:00:00Z",
-- "results": [{"uncached_input_tokens": 1500, "cache_read_input_tokens": 200, "cache_creation":
-- {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}, "output_tokens": 500,
-- "server_tool_use": {"web_search_requests": 0}, "model": "claude-sonnet-4-5", "service_tier":
-- "standard", "context_window": "0-200k", "workspace_id": "wrkspc_1", "api_key_id": null}]}],
-- "has_more": false, "next_page": null}
with parsed as (
    select
        *,
        from_json(
            line,
            '{"starting_at":"VARCHAR","ending_at":"VARCHAR","part":"BIGINT","parts":"BIGINT",
            "result":{"model":"VARCHAR","uncached_input_tokens":"VARCHAR",
            "cache_read_input_tokens":"VARCHAR","output_tokens":"VARCHAR",
            "cache_creation":{"ephemeral_5m_input_tokens":"VARCHAR",
            "ephemeral_1h_input_tokens":"VARCHAR"},
            "server_tool_use":{"web_search_requests":"VARCHAR"},
            "service_tier":"VARCHAR","context_window":"VARCHAR","inference_geo":"VARCHAR",
            "speed":"VARCHAR","workspace_id":"VARCHAR","api_key_id":"VARCHAR",
            "account_id":"VARCHAR"}}'
        ) as found,
        json_type(line, ['/result', '/result/cache_creation', '/result/server_tool_use']) as kinds
    from raw
),

divided as (
    select
        *,
        list_transform(
            [
                found.result.uncached_input_tokens,
                found.result.cache_read_input_tokens,
                found.result.cache_creation.ephemeral_5m_input_tokens,
                found.result.cache_creation.ephemeral_1h_input_tokens,
                found.result.output_tokens,
                found.result.server_tool_use.web_search_requests
            ],
            lambda total: case
                when found.parts = 1 or not regexp_full_match(total, '[0-9]{1,15}') then total
                else cast(
                    cast(total as bigint) // found.parts
                    + (found.part < cast(total as bigint) % found.parts)::bigint as varchar
                )
            end
        ) as shares
    from parsed
),

checked as (
    select
        *,
        concat_ws('|', shares[1], shares[2], shares[3], shares[4]) as counts
    from divided
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    line,
    case
        when problem is not null then problem
        when list_has_any(kinds, ['ARRAY', 'VARCHAR', 'UBIGINT', 'BIGINT', 'DOUBLE', 'BOOLEAN'])
            then 'bad_usage'
        when found.result.uncached_input_tokens is null or found.result.output_tokens is null
            then 'missing_usage'
    end as problem,
    concat_ws(
        '/',
        'anthropic-usage',
        found.starting_at,
        found.ending_at,
        md5(
            cast(
                json_array(
                    found.result.model,
                    found.result.service_tier,
                    found.result.context_window,
                    found.result.inference_geo,
                    found.result.speed,
                    found.result.workspace_id,
                    found.result.api_key_id,
                    found.result.account_id
                ) as varchar
            )
        ),
        case when found.parts > 1 then found.part end
    ) as id,
    found.starting_at as occurred_at,
    'anthropic' as provider,
    found.result.model as model,
    concat_ws(
        ',',
        case
            when found.result.service_tier = 'batch' then 'processing=batch'
            else 'service_tier=' || nullif(found.result.service_tier, 'standard')
        end,
        'speed=' || nullif(found.result.speed, 'standard'),
        'inference_geo='
        || nullif(nullif(found.result.inference_geo, 'not_available'), 'global')
    ) as variant,
    case
        when regexp_full_match(counts, '[0-9]{1,15}([|][0-9]{1,15})*')
            then cast(
                list_sum(
                    list_transform(
                        string_split(counts, '|'), lambda count: cast(count as hugeint)
                    )
                ) as varchar
            )
        else replace(counts, '|', ' + ')
    end as input_tokens,
    shares[2] as cache_read_tokens,
    shares[3] as cache_write_tokens,
    shares[4] as cache_write_1h_tokens,
    shares[5] as output_tokens,
    shares[6] as web_searches,
    cast(
        json_object(
            'workspace_id', found.result.workspace_id,
            'api_key_id', found.result.api_key_id,
            'context_window', found.result.context_window
        ) as varchar
    ) as tags
from checked
