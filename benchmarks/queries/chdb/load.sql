-- No rows: a file of JSON lines is priced and inserted, and so rolled up.
insert into native.usage
select
    raw.id,
    raw.occurred_at,
    toDate(raw.occurred_at) as day,
    raw.context,
    raw.external_id as account,
    price.provider,
    price.model,
    raw.input_tokens,
    raw.cache_read_tokens,
    raw.output_tokens,
    raw.tags,
    price.price_id,
    (raw.input_tokens - if(isNull(price.cache_read_rate), 0, raw.cache_read_tokens))
    * price.input_rate
    + raw.cache_read_tokens * ifNull(price.cache_read_rate, 0)
    + raw.output_tokens * price.output_rate
    + ifNull(price.request_rate, 0) as cost_usd
from file(
    {path:String},
    JSONEachRow,
    'id String, occurred_at DateTime64(3, \'UTC\'), context LowCardinality(String),
    external_id LowCardinality(String), provider LowCardinality(String),
    model LowCardinality(String), input_tokens UInt32, cache_read_tokens UInt32,
    output_tokens UInt32, tags String'
) as raw
inner join native.price as price
    on
        raw.provider = price.provider_as_sent
        and raw.model = price.model_as_sent
where
    toUnixTimestamp(raw.occurred_at) % 86400 >= price.window_start_second
    and toUnixTimestamp(raw.occurred_at) % 86400 < price.window_end_second
settings
    date_time_input_format = 'best_effort',
    input_format_null_as_default = 1,
    max_insert_threads = 2
