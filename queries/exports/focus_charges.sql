-- One row per day, account, meter of a model and price: usage, its quantities and its four costs. A
-- month that was issued has the mark-up, the currency and the exchange rate of its invoice.
with used as (
    select
        line_key,
        price_id,
        meter,
        quantity,
        rate_usd,
        per,
        cost_usd
    from line
    union all
    select
        line_key,
        price_id,
        meter,
        quantity,
        rate_usd,
        per,
        cost_usd
    from focus_free
),

rated as (
    select
        used.line_key.local_day as local_day,
        used.line_key.context as context,
        used.line_key.account_id as account_id,
        used.line_key.usage_type as usage_type,
        used.line_key.model as model,
        used.line_key.variant as variant,
        used.line_key.tags as tags,
        used.price_id,
        used.meter,
        meter.position,
        meter.sku_meter,
        meter.consumed_unit,
        meter.pricing_unit,
        price.input_tokens_from,
        price.effective_from,
        coalesce(used.line_key.provider, price.provider) as provider,
        coalesce(provider.name, used.line_key.provider, price.provider) as provider_name,
        concat(
            coalesce(used.line_key.provider, price.provider),
            '/',
            used.line_key.model,
            ':',
            used.meter
        ) as sku_id,
        cast(
            case
                when used.meter = 'audio_milliseconds' then used.line_key.audio_milliseconds
                else used.quantity
            end * meter.to_consumed as decimal(38, 3)
        ) as consumed_quantity,
        cast(used.quantity * meter.to_pricing as decimal(38, 6)) as pricing_quantity,
        used.cost_usd,
        coalesce(rate.divisor, 1) as divisor,
        cast(coalesce(rate.rate, 0) * meter.per as decimal(38, 18)) as undivided_price,
        list_price.divisor as list_divisor,
        cast(list_price.unit_rate * meter.per as decimal(38, 18)) as undivided_list_price,
        cast(used.quantity * list_price.unit_rate as decimal(38, 18)) as undivided_list_cost
    from used
    inner join focus_meter as meter on used.meter = meter.meter
    inner join price on used.price_id = price.price_id
    left join provider on coalesce(used.line_key.provider, price.provider) = provider.provider
    left join unit_rate as rate on used.price_id = rate.price_id and used.meter = rate.meter
    left join focus_list_price as list_price
        on
            used.line_key.local_day = list_price.local_day
            and used.price_id = list_price.price_id
            and used.meter = list_price.meter
),

charge as (
    select
        rated.*,
        {{ divided("rated.undivided_price", "rated.divisor") | indent(4) }} as unit_price_usd,
        coalesce(
            {{ divided("rated.undivided_list_price", "rated.list_divisor") | indent(8) }},
            {{ divided("rated.undivided_price", "rated.divisor") | indent(8) }}
        ) as list_unit_price_usd,
        coalesce(
            {{ divided("rated.undivided_list_cost", "rated.list_divisor") | indent(8) }},
            rated.cost_usd
        ) as list_cost_usd,
        cast(date_trunc('month', rated.local_day) as date) as month,
        billed.number as invoice_number,
        coalesce(billed.currency, 'USD') as currency,
        coalesce(billed.exchange_rate, 1) as exchange_rate,
        case
            when rated.context = 'system' then cast(0 as decimal(38, 24))
            else cast(
                rated.cost_usd * coalesce(billed.charge_factor, factor.charge_factor)
                as decimal(38, 24)
            )
        end as charge_usd
    from rated
    inner join charge_factor as factor on rated.account_id is not distinct from factor.account_id
    left join focus_billed as billed
        on
            rated.context = 'customer'
            and rated.account_id = billed.account_id
            and cast(date_trunc('month', rated.local_day) as date) = billed.month
)

select
    local_day,
    month,
    context,
    account_id,
    usage_type,
    provider,
    provider_name,
    model,
    variant,
    tags,
    price_id,
    meter,
    position,
    sku_id,
    sku_meter,
    input_tokens_from,
    effective_from,
    consumed_quantity,
    consumed_unit,
    pricing_quantity,
    pricing_unit,
    invoice_number,
    currency,
    cost_usd,
    charge_usd,
    unit_price_usd,
    list_unit_price_usd,
    {{ in_currency("charge_usd", 24) }} as billed_cost,
    {{ in_currency("cost_usd", 18) }} as cost,
    {{ in_currency("list_cost_usd", 18) }} as list_cost,
    {{ in_currency("unit_price_usd", 18) }} as unit_price,
    {{ in_currency("list_unit_price_usd", 18) }} as list_unit_price
from charge
