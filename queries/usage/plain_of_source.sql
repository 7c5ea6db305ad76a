-- One row per row of a table file: the columns that a plain row may have.
select
    path,
    line_number,
    problem is null as is_clean,
    id,
    occurred_at,
    context,
    account_id,
    external_id,
    provider,
    model,
    usage_type,
    description,
    tags,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    output_reasoning_tokens
from source_row
