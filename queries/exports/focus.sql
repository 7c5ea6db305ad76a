-- One row per charge of FOCUS 1.2, with the provider columns of 1.3 (docs/focus.md): a day's usage
-- of a meter of a model, at a price, for an account; and what else makes an issued invoice.
with zone as (
    select value as billing_timezone
    from setting
    where name = 'billing_timezone'
),

used_day as (
    select local_day
    from focus_charge
    union
    select month as local_day
    from focus_document
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

usage_charge as (
    select
        charge.billed_cost as "BilledCost",
        coalesce(charge.account_id, 'system') as "BillingAccountId",
        case
            when charge.account_id is null then 'System usage'
            else coalesce(nullif(trim(account.name), ''), account.external_id, charge.account_id)
        end as "BillingAccountName",
        if(charge.account_id is null, 'System', 'Customer') as "BillingAccountType",
        charge.currency as "BillingCurrency",
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
        charge.cost as "ContractedCost",
        charge.unit_price as "ContractedUnitPrice",
        charge.cost as "EffectiveCost",
        charge.provider_name as "HostProviderName",
        charge.invoice_number as "InvoiceId",
        cast($issuer_name as varchar) as "InvoiceIssuerName",
        charge.list_cost as "ListCost",
        charge.list_unit_price as "ListUnitPrice",
        'Standard' as "PricingCategory",
        'USD' as "PricingCurrency",
        charge.unit_price_usd as "PricingCurrencyContractedUnitPrice",
        charge.cost_usd as "PricingCurrencyEffectiveCost",
        charge.list_unit_price_usd as "PricingCurrencyListUnitPrice",
        charge.pricing_quantity as "PricingQuantity",
        charge.pricing_unit as "PricingUnit",
        cast($issuer_name as varchar) as "ProviderName",
        charge.provider_name as "PublisherName",
        cast(null as varchar) as "RegionId",
        cast(null as varchar) as "RegionName",
        cast(null as varchar) as "ResourceId",
        cast(null as varchar) as "ResourceName",
        cast(null as varchar) as "ResourceType",
        'AI and Machine Learning' as "ServiceCategory",
        concat(charge.provider_name, ' API') as "ServiceName",
        cast($issuer_name as varchar) as "ServiceProviderName",
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
        'usage' as "x_ChargeKind",
        charge.context as "x_Context",
        charge.model as "x_ModelId",
        charge.price_id as "x_PriceId",
        charge.provider as "x_ProviderId",
        charge.meter as "x_TokenType",
        charge.usage_type as "x_UsageType",
        nullif(charge.variant, '') as "x_Variant",
        1 as part,
        charge.local_day as sort_day,
        charge.position as sort_position
    from focus_charge as charge
    inner join day on charge.local_day = day.local_day
    left join account on charge.account_id = account.account_id
),

document_charge as (
    select
        document.billed as "BilledCost",
        document.account_id as "BillingAccountId",
        coalesce(nullif(trim(account.name), ''), account.external_id, document.account_id)
            as "BillingAccountName",
        'Customer' as "BillingAccountType",
        document.currency as "BillingCurrency",
        day.month_end as "BillingPeriodEnd",
        day.month_start as "BillingPeriodStart",
        if(document.kind = 'tax', 'Tax', 'Adjustment') as "ChargeCategory",
        if(document.is_correction, 'Correction', null) as "ChargeClass",
        document.description as "ChargeDescription",
        'One-Time' as "ChargeFrequency",
        day.month_end as "ChargePeriodEnd",
        day.month_start as "ChargePeriodStart",
        cast(null as varchar) as "CommitmentDiscountStatus",
        cast(null as decimal(38, 3)) as "ConsumedQuantity",
        cast(null as varchar) as "ConsumedUnit",
        cast(0 as decimal(38, 18)) as "ContractedCost",
        cast(null as decimal(38, 18)) as "ContractedUnitPrice",
        cast(0 as decimal(38, 18)) as "EffectiveCost",
        'Not Applicable' as "HostProviderName",
        document.number as "InvoiceId",
        cast($issuer_name as varchar) as "InvoiceIssuerName",
        cast(0 as decimal(38, 18)) as "ListCost",
        cast(null as decimal(38, 18)) as "ListUnitPrice",
        cast(null as varchar) as "PricingCategory",
        'USD' as "PricingCurrency",
        cast(null as decimal(38, 18)) as "PricingCurrencyContractedUnitPrice",
        cast(0 as decimal(38, 18)) as "PricingCurrencyEffectiveCost",
        cast(null as decimal(38, 18)) as "PricingCurrencyListUnitPrice",
        cast(null as decimal(38, 6)) as "PricingQuantity",
        cast(null as varchar) as "PricingUnit",
        cast($issuer_name as varchar) as "ProviderName",
        cast($issuer_name as varchar) as "PublisherName",
        cast(null as varchar) as "RegionId",
        cast(null as varchar) as "RegionName",
        cast(null as varchar) as "ResourceId",
        cast(null as varchar) as "ResourceName",
        cast(null as varchar) as "ResourceType",
        'Other' as "ServiceCategory",
        'Invoices' as "ServiceName",
        cast($issuer_name as varchar) as "ServiceProviderName",
        'Other (Other)' as "ServiceSubcategory",
        cast(null as varchar) as "SkuId",
        cast(null as varchar) as "SkuMeter",
        cast(null as varchar) as "SkuPriceDetails",
        cast(null as varchar) as "SkuPriceId",
        account.external_id as "SubAccountId",
        case
            when account.external_id is not null
                then coalesce(nullif(trim(account.name), ''), account.external_id)
        end as "SubAccountName",
        if(account.external_id is null, null, 'Customer') as "SubAccountType",
        cast(null as varchar) as "Tags",
        document.kind as "x_ChargeKind",
        'customer' as "x_Context",
        cast(null as varchar) as "x_ModelId",
        cast(null as varchar) as "x_PriceId",
        cast(null as varchar) as "x_ProviderId",
        cast(null as varchar) as "x_TokenType",
        cast(null as varchar) as "x_UsageType",
        cast(null as varchar) as "x_Variant",
        2 as part,
        document.month as sort_day,
        document.position as sort_position
    from focus_document as document
    inner join day on document.month = day.local_day
    left join account on document.account_id = account.account_id
),

every_charge as (
    select *
    from usage_charge
    union all
    select *
    from document_charge
)

select
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountStatus",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "HostProviderName",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingCurrency",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceProviderName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceDetails",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
    "x_ChargeKind",
    "x_Context",
    "x_ModelId",
    "x_PriceId",
    "x_ProviderId",
    "x_TokenType",
    "x_UsageType",
    "x_Variant"
from every_charge
order by
    sort_day,
    part,
    "BillingAccountId",
    "x_Context",
    "InvoiceId",
    "x_ProviderId",
    "x_ModelId",
    "x_Variant",
    "x_PriceId",
    sort_position,
    "x_UsageType",
    "Tags"
