-- One row: how many rows of a file of JSON lines were priced and appended.
insert into usage
select
    raw.id,
    raw.occurred_at,
    cast(raw.occurred_at as date) as day,
    raw.context,
    raw.external_id as account,
    price.provider,
    price.model,
    raw.input_tokens,
    raw.cache_read_tokens,
    raw.output_tokens,
    raw.tags,
    price.price_id,
    (raw.input_tokens - if(price.cache_read_rate is null, 0, raw.cache_read_tokens))
    * price.input_rate
    + raw.cache_read_tokens * coalesce(price.cache_read_rate, 0)
    + raw.output_tokens * price.output_rate
    + coalesce(price.request_rate, 0) as cost_usd
from read_json(
    $path,
    format = 'newline_delimited',
    columns = {
        id: 'varchar',
        occurred_at: 'timestamp',
        context: 'varchar',
        external_id: 'varchar',
        provider: 'varchar',
        model: 'varchar',
        input_tokens: 'bigint',
        cache_read_tokens: 'bigint',
        output_tokens: 'bigint',
        tags: 'varchar'
    }
) as raw
inner join price
    on
        raw.provider = price.provider_as_sent
        and raw.model = price.model_as_sent
        and date_diff('second', date_trunc('day', raw.occurred_at), raw.occurred_at)
        >= price.window_start_second
        and date_diff('second', date_trunc('day', raw.occurred_at), raw.occurred_at)
        < price.window_end_second
