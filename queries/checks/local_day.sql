-- One row per usage record whose day is not its instant's day in the billing time zone.
select
    usage.record_id,
    usage.occurred_at,
    usage.local_day
from usage_record as usage
cross join setting
where
    setting.name = 'billing_timezone'
    and usage.local_day
    <> cast(usage.occurred_at at time zone 'UTC' at time zone setting.value as date)
