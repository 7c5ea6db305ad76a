-- One row per amount that stands on an issued document and is no usage of its month: discount, fee,
-- adjustments, tax, rounding. With them the rows of a document add up to its total.
-- Usage that changed since the document (kind changed) is taken off it, and where no document has
-- billed it yet (kind open) it stands under none. Only for whole months, and for all usage of them.
with document as (
    select
        invoice.number,
        invoice.account_id,
        invoice.month,
        invoice.purpose,
        invoice.currency,
        invoice.subtotal,
        invoice.content,
        billed.number is not null as is_in_force
    from invoice
    left join focus_billed as billed on invoice.number = billed.number
    where
        ($start_day is null or invoice.month >= cast($start_day as date))
        and (
            $end_day is null
            or invoice.month + interval 1 month <= cast($end_day as date)
        )
        and (
            $account is null
            or invoice.account_id in (
                select account.account_id
                from account
                where account.account_id = $account or account.external_id = $account
            )
        )
        and ($context is null or $context = 'customer')
        and $provider is null
        and $model is null
        and $usage_type is null
),

stated as (
    select
        number,
        account_id,
        month,
        purpose,
        currency,
        is_in_force,
        unnest(content -> '$.lines[*]') as line
    from document
),

line as (
    select
        number,
        account_id,
        month,
        purpose,
        currency,
        is_in_force,
        line ->> '$.kind' as kind,
        line ->> '$.label' as label,
        cast(line ->> '$.exact' as decimal(38, 24)) as exact
    from stated
),

other_line as (
    select
        number,
        account_id,
        month,
        currency,
        kind,
        label as description,
        kind = 'adjustment' or purpose <> 'month' as is_correction,
        exact as billed
    from line
    where kind <> 'usage'
),

-- A document that is not in force has no usage of its own any more.
former_usage as (
    select
        number,
        account_id,
        month,
        currency,
        'usage' as kind,
        'Usage of a document that is void' as description,
        purpose <> 'month' as is_correction,
        cast(sum(exact) as decimal(38, 24)) as billed
    from line
    where kind = 'usage' and not is_in_force
    group by number, account_id, month, currency, purpose
),

used_now as (
    select
        account_id,
        month,
        cast(sum(charge_usd) as decimal(38, 24)) as charge_usd,
        cast(sum(billed_cost) as decimal(38, 24)) as billed_cost
    from focus_charge
    where context = 'customer'
    group by account_id, month
),

billed_in_all as (
    select
        account_id,
        month,
        cast(sum(charge_usd) as decimal(38, 24)) as charge_usd
    from invoice_month
    group by account_id, month
),

compared as (
    select
        document.number,
        document.account_id,
        document.month,
        document.currency,
        billed.exchange_rate,
        cast(billed.charge_usd - coalesce(used_now.charge_usd, 0) as decimal(38, 18))
            as changed_usd,
        cast(coalesce(used_now.charge_usd, 0) - billed_in_all.charge_usd as decimal(38, 18))
            as open_usd
    from document
    inner join focus_billed as billed on document.number = billed.number
    inner join billed_in_all
        on document.account_id = billed_in_all.account_id
        and document.month = billed_in_all.month
    left join used_now
        on document.account_id = used_now.account_id and document.month = used_now.month
),

changed as (
    select
        number,
        account_id,
        month,
        currency,
        'changed' as kind,
        'Usage that changed since the invoice' as description,
        true as is_correction,
        {{ in_currency("changed_usd", 24) | indent(4) }} as billed
    from compared
    where changed_usd <> 0
),

open_usage as (
    select
        cast(null as varchar) as number,
        account_id,
        month,
        currency,
        'open' as kind,
        concat('Usage of a month that ', number, ' billed, not billed yet') as description,
        true as is_correction,
        {{ in_currency("open_usd", 24) | indent(4) }} as billed
    from compared
    where open_usd <> 0
),

exact_amount as (
    select *
    from other_line
    union all
    select *
    from former_usage
    union all
    select *
    from changed
),

exact_sum as (
    select
        number,
        cast(sum(billed) as decimal(38, 24)) as billed
    from exact_amount
    group by number
),

rounding as (
    select
        document.number,
        document.account_id,
        document.month,
        document.currency,
        'rounding' as kind,
        'Rounding' as description,
        document.purpose <> 'month' as is_correction,
        cast(
            document.subtotal
            - coalesce(exact_sum.billed, 0)
            - if(document.is_in_force, coalesce(used_now.billed_cost, 0), 0)
            as decimal(38, 24)
        ) as billed
    from document
    left join exact_sum on document.number = exact_sum.number
    left join used_now
        on document.account_id = used_now.account_id and document.month = used_now.month
),

taxed as (
    select
        number,
        account_id,
        month,
        purpose,
        currency,
        unnest(content -> '$.tax[*]') as tax
    from document
),

tax as (
    select
        number,
        account_id,
        month,
        currency,
        'tax' as kind,
        concat('Tax: ', tax ->> '$.name', ', ', tax ->> '$.rate_percent', '%') as description,
        purpose <> 'month' as is_correction,
        cast(tax ->> '$.amount' as decimal(38, 24)) as billed
    from taxed
),

amount as (
    select *
    from exact_amount
    union all
    select *
    from open_usage
    union all
    select *
    from rounding
    where billed <> 0
    union all
    select *
    from tax
)

select
    number,
    account_id,
    month,
    currency,
    kind,
    description,
    is_correction,
    billed,
    cast(
        row_number() over (
            partition by account_id, month, number
            order by
                case kind
                    when 'usage' then 1
                    when 'rounding' then 8
                    when 'tax' then 9
                    else 2
                end,
                kind,
                description,
                billed
        ) as integer
    ) as position
from amount
