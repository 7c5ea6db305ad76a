-- One row per usage record, priced when it is inserted: by account and time.
create table native.usage (
    id String,
    occurred_at DateTime64(3, 'UTC'),
    day Date,
    context LowCardinality(String),
    account LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    input_tokens UInt32,
    cache_read_tokens UInt32,
    output_tokens UInt32,
    tags String,
    price_id LowCardinality(String),
    cost_usd Decimal(18, 12)
)
engine = MergeTree
partition by toYYYYMM(day)
order by (account, occurred_at)
settings fsync_after_insert = 1, fsync_part_directory = 1
