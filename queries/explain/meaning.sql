-- One row: what the names that a usage record was sent with mean, and by which mark-up it is
-- charged.
with book as (
    select cast(value as decimal(12, 4)) as markup_percent
    from setting
    where name = 'markup_percent'
)

select
    usage.provider_as_sent,
    usage.model_as_sent,
    name.how,
    name.price_provider,
    name.price_model,
    name.price_variant,
    account.markup_percent as account_markup_percent,
    book.markup_percent as book_markup_percent,
    factor.charge_factor
from usage_record as usage
cross join book
left join model_name as name
    on
        coalesce(usage.provider_as_sent, '') = name.provider_as_sent
        and usage.model_as_sent = name.model_as_sent
        and usage.variant = name.variant
        and usage.occurred_at >= name.valid_from
        and usage.occurred_at < name.valid_to
left join account on usage.account_id = account.account_id
left join charge_factor as factor on usage.account_id is not distinct from factor.account_id
where
    usage.record_id = $record_id
    and ($start_day is null or usage.local_day >= cast($start_day as date))
    and ($end_day is null or usage.local_day < cast($end_day as date))
