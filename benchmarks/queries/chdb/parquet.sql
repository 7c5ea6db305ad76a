-- One row per usage record of our own Parquet files, as chDB's own table has them. A view takes no
-- parameter: the path is put in for the mark, as a literal.
create or replace view parquet.usage as
select
    record_id as id,
    occurred_at,
    local_day as day,
    context,
    external_id as account,
    provider,
    model,
    input_tokens,
    cache_read_tokens,
    output_tokens,
    price_id,
    cost_usd
from file($path, Parquet)
settings schema_inference_make_columns_nullable = 0
