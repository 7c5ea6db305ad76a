-- One row per account, model, price and meter of the month: the lines of all invoices.
with summed as (
    select
        account,
        provider,
        model,
        price_id,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        count(*) as requests
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
        unnest([
            {
                'meter': 'input_tokens',
                'quantity': input_tokens
                - if(cache_read_rate is null, 0, cache_read_tokens),
                'rate_usd': input_rate
            },
            {
                'meter': 'cache_read_tokens',
                'quantity': cache_read_tokens,
                'rate_usd': cache_read_rate
            },
            {'meter': 'output_tokens', 'quantity': output_tokens, 'rate_usd': output_rate},
            {'meter': 'requests', 'quantity': requests, 'rate_usd': request_rate}
        ]) as line
    from summed
    inner join price on summed.price_id = price.price_id
)

select
    account,
    provider,
    model,
    price_id,
    line.meter as meter,
    line.quantity as quantity,
    line.rate_usd * 1.2 as unit_charge_usd,
    line.quantity * line.rate_usd * 1.2 as charge_usd
from metered
where line.quantity <> 0 and line.rate_usd is not null
order by
    account,
    provider,
    model,
    price_id,
    meter
