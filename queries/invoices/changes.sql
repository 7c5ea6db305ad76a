-- One row per account and earlier month that was issued and that costs something else by now, or
-- has records without a price; and per account whose month was voided while a later document had
-- adjusted it (is_void): what that one billed is taken out of the next invoice of the month.
with original as (
    select
        billed.account_id,
        billed.month,
        billed.number,
        billed.charge_factor,
        billed.terms,
        state.status = 'void' as is_void,
        row_number() over (
            partition by billed.account_id, billed.month
            order by state.chain_position desc
        ) as recency
    from invoice_month as billed
    inner join invoice_state as state on billed.number = state.number
    where
        billed.terms is not null
        and ($account_id is null or billed.account_id = $account_id)
),

issued as (
    select
        account_id,
        month,
        cast(sum(charge_usd) as decimal(38, 24)) as charge_usd
    from invoice_month
    group by account_id, month
),

usage as (
    select
        account_id,
        month,
        cast(coalesce(sum(cost_usd), 0) as decimal(38, 18)) as cost_usd,
        cast(
            sum(case when price_id is null then record_count else 0 end) as bigint
        ) as unpriced_count
    from usage_month_delta
    where
        context = 'customer'
        and month < cast($start_day as date)
        and ($account_id is null or account_id = $account_id)
    group by account_id, month
),

compared as (
    select
        original.account_id,
        original.month,
        original.number,
        original.charge_factor,
        original.terms,
        original.is_void,
        issued.charge_usd as issued_usd,
        cast(
            case
                when original.is_void then 0
                else coalesce(usage.cost_usd, 0) * original.charge_factor
            end as decimal(38, 24)
        ) as charge_usd,
        case when original.is_void then 0 else coalesce(usage.unpriced_count, 0) end
            as unpriced_count
    from original
    inner join issued
        on original.account_id = issued.account_id and original.month = issued.month
    left join usage on original.account_id = usage.account_id and original.month = usage.month
    where
        original.recency = 1
        and (
            (original.month < cast($start_day as date) and not original.is_void)
            or (original.month = cast($start_day as date) and original.is_void)
        )
)

select *
from compared
where charge_usd <> issued_usd or unpriced_count > 0
