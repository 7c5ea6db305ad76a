-- One row per usage record of a synthetic month, in the order of time.
-- Weekdays and office hours are busier. The chance of an account of rank r falls like 1/r (Zipf), or
-- is the same for all. Each account uses one to five of the models, popular ones more often.
-- Token counts are log-normal and independent of one another, up to the largest seen: the figures
-- are those of two public traces, of conversations and of code (see workload.py).
create or replace temp table workload as
with hour as (
    select
        cast($first_day as timestamp) + to_hours(range) as began,
        [2, 1, 1, 1, 1, 2, 4, 9, 20, 28, 30, 28, 22, 26, 30, 29, 26, 20, 12, 8, 6, 5, 4, 3][
            range % 24 + 1
        ] * if(isodow(cast($first_day as timestamp) + to_hours(range)) < 6, 10, 3) as weight
    from range(24 * cast($days as bigint))
),

weighted as (
    select
        began,
        weight,
        sum(weight) over (order by began) as weight_until,
        sum(weight) over () as weight_of_all
    from hour
),

counted as (
    select
        began,
        cast($records * (weight_until - weight) // weight_of_all as bigint) as first_row,
        cast($records * weight_until // weight_of_all as bigint) as end_row
    from weighted
),

numbered as (
    select
        began,
        first_row,
        end_row,
        unnest(range(first_row, end_row)) as row_number
    from counted
),

timed as (
    select
        cast($id_offset as bigint) + row_number as number,
        began + to_milliseconds(3600000 * (row_number - first_row) // (end_row - first_row))
            as occurred_at
    from numbered
),

drawn as (
    select
        number,
        occurred_at,
        draw(number, $seed, 0) < 0.05 as is_system,
        draw(number, $seed, 1) as account_draw,
        draw(number, $seed, 2) as model_draw,
        draw(number, $seed, 3) < 0.31 as is_code,
        sqrt(-2 * ln(1 - draw(number, $seed, 4))) as normal_length,
        2 * pi() * draw(number, $seed, 5) as normal_angle,
        draw(number, $seed, 6) as cache_draw,
        draw(number, $seed, 7) as tag_draw
    from timed
),

owned as (
    select
        *,
        case
            when is_system then 0
            when $is_even then cast(floor(account_draw * $accounts) as bigint) + 1
            else least(cast(floor(exp(account_draw * ln($accounts + 1))) as bigint), $accounts)
        end as account_rank
    from drawn
),

chosen as (
    select
        *,
        cast(floor(
            (1 + floor(5 * draw(-account_rank, $seed, 0))) * model_draw * model_draw
        ) as bigint) as choice
    from owned
),

counts as (
    select
        *,
        cast(floor(
            len($models) * pow(draw(-account_rank, $seed, 1 + choice), 1.7)
        ) as bigint) + 1 as model_number,
        if(
            is_code,
            least(exp(7.00 + 1.36 * normal_length * cos(normal_angle)), 7437),
            least(exp(6.63 + 0.99 * normal_length * cos(normal_angle)), 14050)
        ) as input_tokens,
        if(
            is_code,
            least(exp(2.79 + 0.85 * normal_length * sin(normal_angle)), 1899),
            least(exp(5.02 + 0.86 * normal_length * sin(normal_angle)), 1000)
        ) as output_tokens
    from chosen
)

select
    'req_' || lpad(lower(to_hex(
        hash(cast($seed * 1000000000000000 + number * 16 + 15 as bigint))
    )), 16, '0') as id,
    strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.%gZ') as occurred_at,
    if(is_system, 'system', 'customer') as context,
    if(is_system, null, 'acct-' || lpad(cast(account_rank as varchar), 6, '0')) as external_id,
    $providers[model_number] as provider,
    $models[model_number] as model,
    cast(ceil(input_tokens) as bigint) as input_tokens,
    cast(if(cache_draw < 0.35, floor(input_tokens * (0.3 + cache_draw)), 0) as bigint)
        as cache_read_tokens,
    cast(ceil(output_tokens) as bigint) as output_tokens,
    cast(
        [
            '{"feature":"chat","plan":"team"}',
            '{"feature":"search","plan":"free"}',
            '{"feature":"agent","plan":"business","region":"eu"}'
        ][cast(floor(tag_draw * 10) as bigint) + 1] as json
    ) as tags
from counts
