-- One row: the day of an instant in the billing time zone, as a load has it.
select
    cast(
        cast($occurred_at as timestamp) at time zone 'UTC' at time zone $billing_timezone as date
    ) as local_day
