-- One row per account, model, price and meter of the month: the lines of all invoices.
with summed as (
    select
        account,
        provider,
        model,
        price_id,
        toInt64(sum(input_tokens)) as input_tokens,
        toInt64(sum(cache_read_tokens)) as cache_read_tokens,
        toInt64(sum(output_tokens)) as output_tokens,
        toInt64(count()) as requests
    from usage
    where context = 'customer'
    group by
        account,
        provider,
        model,
        price_id
),

metered as (
    select
        summed.account,
        summed.provider,
        summed.model,
        summed.price_id,
        arrayJoin([
            (
                'input_tokens',
                input_tokens - if(isNull(price.cache_read_rate), 0, cache_read_tokens),
                price.input_rate
            ),
            ('cache_read_tokens', cache_read_tokens, price.cache_read_rate),
            ('output_tokens', output_tokens, price.output_rate),
            ('requests', requests, price.request_rate)
        ]) as line
    from summed
    inner join native.price as price on summed.price_id = price.price_id
)

select
    account,
    provider,
    model,
    price_id,
    line.1 as meter,
    line.2 as quantity,
    line.3 * toDecimal32('1.2', 1) as unit_charge_usd,
    line.2 * line.3 * toDecimal128('1.2', 1) as charge_usd
from metered
where line.2 <> 0 and isNotNull(line.3)
order by
    account,
    provider,
    model,
    price_id,
    meter
