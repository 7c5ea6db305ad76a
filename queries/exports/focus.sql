-- One row per charge of FOCUS 1.2, with the provider columns of 1.3: a day's usage of a meter of a
-- model, at a price, for an account (docs/focus.md).
with zone as (
    select value as billing_timezone
    from setting
    where name = 'billing_timezone'
),

used_day as (
    select distinct line_key.local_day as local_day
    from focus_metered
),

bound as (
    select
        used_day.local_day,
        zone.billing_timezone,
        cast(used_day.local_day as timestamp) as first_at,
        cast(used_day.local_day + 1 as timestamp) as next_at,
        cast(date_trunc('month', used_day.local_day) as timestamp) as month_at,
        cast(date_trunc('month', used_day.local_day) + interval 1 month as timestamp) as after_at
    from used_day
    cross join zone
),

-- A local time at time zone X is an instant; an instant at time zone UTC is a time without zone.
day as (
    select
        local_day,
        cast((first_at at time zone billing_timezone) at time zone 'UTC' as timestamp_s)
            as day_start,
        cast((next_at at time zone billing_timezone) at time zone 'UTC' as timestamp_s) as day_end,
        cast((month_at at time zone billing_timezone) at time zone 'UTC' as timestamp_s)
            as month_start,
        cast((after_at at time zone billing_timezone) at time zone 'UTC' as timestamp_s)
            as month_end
    from bound
),

used as (
    select
        line_key,
        price_id,
        meter,
        quantity,
        rate_usd
    from line
    union all
    select
        line_key,
        price_id,
        meter,
        quantity,
        rate_usd
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
        cast(used.rate_usd * meter.per as decimal(38, 18)) as unit_price,
        cast(coalesce(list_price.rate_usd, used.rate_usd) * meter.per as decimal(38, 18))
            as list_unit_price,
        cast(used.quantity * used.rate_usd as decimal(38, 18)) as cost_usd,
        cast(used.quantity * coalesce(list_price.rate_usd, used.rate_usd) as decimal(38, 18))
            as list_cost
    from used
    inner join focus_meter as meter on used.meter = meter.meter
    inner join price on used.price_id = price.price_id
    left join provider on coalesce(used.line_key.provider, price.provider) = provider.provider
    left join focus_list_price as list_price
        on
            used.line_key.local_day = list_price.local_day
            and used.price_id = list_price.price_id
            and used.meter = list_price.meter
),

charge as (
    select
        rated.*,
        cast($issuer_name as varchar) as issuer_name,
        case
            when rated.context = 'system' then cast(0 as decimal(38, 24))
            else cast(rated.cost_usd * factor.charge_factor as decimal(38, 24))
        end as billed_cost
    from rated
    inner join charge_factor as factor on rated.account_id is not distinct from factor.account_id
)

select
    charge.billed_cost as "BilledCost",
    coalesce(charge.account_id, 'system') as "BillingAccountId",
    case
        when charge.account_id is null then 'System usage'
        else coalesce(nullif(trim(account.name), ''), account.external_id, charge.account_id)
    end as "BillingAccountName",
    if(charge.account_id is null, 'System', 'Customer') as "BillingAccountType",
    'USD' as "BillingCurrency",
    day.month_end as "BillingPeriodEnd",
    day.month_start as "BillingPeriodStart",
    'Usage' as "ChargeCategory",
    cast(null as varchar) as "ChargeClass",
    concat(
        charge.model,
        ', ',
        charge.sku_meter,
        if(charge.variant = '', '', concat(' (', charge.variant, ')'))
    ) as "ChargeDescription",
    'Usage-Based' as "ChargeFrequency",
    day.day_end as "ChargePeriodEnd",
    day.day_start as "ChargePeriodStart",
    cast(null as varchar) as "CommitmentDiscountStatus",
    charge.consumed_quantity as "ConsumedQuantity",
    charge.consumed_unit as "ConsumedUnit",
    charge.cost_usd as "ContractedCost",
    charge.unit_price as "ContractedUnitPrice",
    charge.cost_usd as "EffectiveCost",
    charge.provider_name as "HostProviderName",
    cast(null as varchar) as "InvoiceId",
    charge.issuer_name as "InvoiceIssuerName",
    charge.list_cost as "ListCost",
    charge.list_unit_price as "ListUnitPrice",
    'Standard' as "PricingCategory",
    'USD' as "PricingCurrency",
    charge.unit_price as "PricingCurrencyContractedUnitPrice",
    charge.cost_usd as "PricingCurrencyEffectiveCost",
    charge.list_unit_price as "PricingCurrencyListUnitPrice",
    charge.pricing_quantity as "PricingQuantity",
    charge.pricing_unit as "PricingUnit",
    charge.issuer_name as "ProviderName",
    charge.provider_name as "PublisherName",
    cast(null as varchar) as "RegionId",
    cast(null as varchar) as "RegionName",
    cast(null as varchar) as "ResourceId",
    cast(null as varchar) as "ResourceName",
    cast(null as varchar) as "ResourceType",
    'AI and Machine Learning' as "ServiceCategory",
    concat(charge.provider_name, ' API') as "ServiceName",
    charge.issuer_name as "ServiceProviderName",
    'Generative AI' as "ServiceSubcategory",
    charge.sku_id as "SkuId",
    charge.sku_meter as "SkuMeter",
    cast(
        json_object(
            'x_Variant', charge.variant,
            'x_InputTokensFrom', charge.input_tokens_from,
            'x_EffectiveFrom', strftime(charge.effective_from, '%Y-%m-%dT%H:%M:%SZ')
        ) as varchar
    ) as "SkuPriceDetails",
    concat(charge.sku_id, '@', charge.price_id) as "SkuPriceId",
    account.external_id as "SubAccountId",
    case
        when account.external_id is not null
            then coalesce(nullif(trim(account.name), ''), account.external_id)
    end as "SubAccountName",
    if(account.external_id is null, null, 'Customer') as "SubAccountType",
    charge.tags as "Tags",
    charge.context as "x_Context",
    charge.model as "x_ModelId",
    charge.price_id as "x_PriceId",
    charge.provider as "x_ProviderId",
    charge.meter as "x_TokenType",
    charge.usage_type as "x_UsageType",
    nullif(charge.variant, '') as "x_Variant"
from charge
inner join day on charge.local_day = day.local_day
left join account on charge.account_id = account.account_id
order by
    charge.local_day,
    charge.account_id,
    charge.context,
    charge.provider_name,
    charge.model,
    charge.variant,
    charge.price_id,
    charge.position,
    charge.usage_type,
    charge.tags
