-- One row per exchange rate, the newest day of each pair first.
select
    from_currency,
    to_currency,
    rate_day,
    rate,
    source
from fx_rate
where
    ($first_day is null or rate_day >= cast($first_day as date))
    and ($last_day is null or rate_day <= cast($last_day as date))
    and ($from_currency is null or from_currency = $from_currency)
order by from_currency, to_currency, rate_day desc
