-- One row per result of the usage API's buckets, with the span of its bucket. A result is the sum
-- of many requests, but a model whose price depends on a request's size must not see the sum: it is
-- cut into equal parts that are no larger than the average request or 100,000 tokens.
with bucketed as (
    select
        path,
        line_number,
        id_scope,
        problem,
        line,
        case
            when problem is not null then ['{}'::json]
            when line ->> '$.object' = 'bucket' then [line::json]
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
                coalesce(try_cast(result ->> '$.num_model_requests' as bigint), 1),
                (coalesce(try_cast(result ->> '$.input_tokens' as bigint), 0) + 99999) // 100000,
                10000
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
                'start_time', bucket -> '$.start_time',
                'end_time', bucket -> '$.end_time',
                'part', part,
                'parts', parts,
                'result', result
            ) as varchar
        )
    end as line
from cut
