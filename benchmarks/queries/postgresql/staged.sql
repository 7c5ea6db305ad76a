-- One row per line of a file.
create temporary table staged (
    id text,
    occurred_at timestamp(3),
    context text,
    external_id text,
    provider text,
    model text,
    input_tokens integer,
    cache_read_tokens integer,
    output_tokens integer,
    tags jsonb
) on commit drop
