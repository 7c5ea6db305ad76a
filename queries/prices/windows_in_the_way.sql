-- One row per price that the new one replaces, where both have hours of their own.
select
    window_days,
    window_start_second,
    window_end_second,
    window_zone
from price
where
    {{ is_replaced() }}
    and not {{ is_whole_day() }}
    and not (
        $window_days = '1234567' and $window_start_second = 0 and $window_end_second = 86400
    )
