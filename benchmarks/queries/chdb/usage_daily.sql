-- One row per day, context, account, model and price: the roll-up, summed when parts are merged.
create table native.usage_daily (
    day Date,
    context LowCardinality(String),
    account LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    price_id LowCardinality(String),
    records UInt64,
    input_tokens UInt64,
    cache_read_tokens UInt64,
    output_tokens UInt64,
    cost_usd Decimal(38, 12)
)
engine = SummingMergeTree
partition by toYYYYMM(day)
order by (account, provider, model, price_id, context, day)
settings fsync_after_insert = 1, fsync_part_directory = 1
