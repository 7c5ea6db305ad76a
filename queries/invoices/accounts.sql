-- One row per account that is due for a month: it has customer usage in it, a fee or a minimum, or
-- an earlier month has changed since it was issued. issued_as is the document that it has already.
with usage as (
    select
        account_id,
        cast(sum(record_count) as bigint) as record_count,
        cast(sum(unpriced_count) as bigint) as unpriced_count,
        cast(coalesce(sum(cost_usd), 0) as decimal(38, 18)) as cost_usd,
        cast(coalesce(sum(charge_usd), 0) as decimal(38, 24)) as charge_usd
    from rated_month_delta
    where
        context = 'customer'
        and month >= cast($start_day as date)
        and month < cast($end_day as date)
        and ($account_id is null or account_id = $account_id)
    group by account_id
    having sum(record_count) <> 0
),

change as (
    select
        account_id,
        cast(sum(unpriced_count) as bigint) as unpriced_count
    from invoice_change
    group by account_id
),

document as (
    select
        account_id,
        max(case when status = 'issued' then number end) as issued_as,
        max(case when status = 'void' then number end) as voided_as
    from invoice_state
    where purpose = 'month' and month = cast($start_day as date)
    group by account_id
),

book as (
    select value as currency
    from setting
    where name = 'currency'
)

select
    account.account_id,
    account.external_id,
    account.name,
    account.email,
    account.billing_address,
    account.tax_id,
    coalesce(account.currency, book.currency) as currency,
    account.monthly_fee,
    account.fee_label,
    account.discount_percent,
    account.monthly_minimum,
    account.tax,
    factor.charge_factor,
    coalesce(usage.record_count, 0) as record_count,
    coalesce(usage.unpriced_count, 0) as unpriced_count,
    coalesce(change.unpriced_count, 0) as unpriced_before,
    cast(coalesce(usage.cost_usd, 0) as decimal(38, 18)) as cost_usd,
    cast(coalesce(usage.charge_usd, 0) as decimal(38, 24)) as charge_usd,
    document.issued_as,
    document.voided_as
from account
cross join book
inner join charge_factor as factor on account.account_id = factor.account_id
left join usage on account.account_id = usage.account_id
left join change on account.account_id = change.account_id
left join document on account.account_id = document.account_id
where
    ($account_id is null or account.account_id = $account_id)
    and (
        usage.account_id is not null
        or change.account_id is not null
        or document.issued_as is not null
        or (
            (account.monthly_fee > 0 or account.monthly_minimum > 0)
            and account.created_at < $end_at
            and (account.closed_at is null or account.closed_at >= $start_at)
        )
    )
order by account.external_id, account.account_id
