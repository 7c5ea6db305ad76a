-- One row per result of the usage report's buckets, with the span of its bucket. A result is the
-- sum of many requests, but a model whose price depends on a request's size must not see the sum:
-- it is cut into equal parts of no more than 100,000 tokens, where it is not one of large requests.
with bucketed as (
    select
        path,
        line_number,
        id_scope,
        problem,
        line,
        case
            when problem is not null then ['{}'::json]
            when json_exists(line, '$.results') then [line::json]
            else from_json(line -> '$.data', '["JSON"]')
        end as buckets
    from raw
),

placed as (
    select
        path,
        line_number,
        id_scope,
        problem,
        line,
        unnest(buckets) as bucket,
        generate_subscripts(buckets, 1) as bucket_number
    from bucketed
),

resulted as (
    select
        *,
        case
            when problem is not null then ['{}'::json]
            else from_json(bucket -> '$.results', '["JSON"]')
        end as results
    from placed
),

listed as (
    select
        path,
        line_number,
        id_scope,
        problem,
        line,
        bucket,
        bucket_number,
        unnest(results) as result,
        generate_subscripts(results, 1) as result_number
    from resulted
),

sized as (
    select
        *,
        greatest(
            1,
            least(
                case when result ->> '$.context_window' like '200k%' then 1 else 10000 end,
                (
                    coalesce(try_cast(result ->> '$.uncached_input_tokens' as bigint), 0)
                    + coalesce(try_cast(result ->> '$.cache_read_input_tokens' as bigint), 0)
                    + coalesce(
                        try_cast(
                            result ->> '$.cache_creation.ephemeral_5m_input_tokens' as bigint
                        ),
                        0
                    )
                    + coalesce(
                        try_cast(
                            result ->> '$.cache_creation.ephemeral_1h_input_tokens' as bigint
                        ),
                        0
                    )
                    + 99999
                ) // 100000
            )
        ) as parts
    from listed
),

cut as (
    select
        *,
        unnest(range(cast(parts as bigint))) as part
    from sized
)

select
    path,
    line_number,
    id_scope,
    problem,
    bucket_number * 1000000000 + result_number * 10000 + part as position,
    case
        when problem is not null then line
        else cast(
            json_object(
                'starting_at', bucket -> '$.starting_at',
                'ending_at', bucket -> '$.ending_at',
                'part', part,
                'parts', parts,
                'result', result
            ) as varchar
        )
    end as line
from cut
