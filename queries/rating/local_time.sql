-- One row: the weekday (1 is Monday) and the second of the day of an instant in a time zone.
select
    cast(isodow(timezone($zone, cast($at as timestamp) at time zone 'UTC')) as varchar) as weekday,
    epoch_us(timezone($zone, cast($at as timestamp) at time zone 'UTC')) // 1000000 % 86400
    as second
