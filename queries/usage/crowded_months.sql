-- One row per month of the roll-up with four times as many new changes as compacted cells; there is
-- no use to look at fewer than some.
select cast(date_trunc('month', local_day) as date) as month
from usage_daily_delta
group by month
having
    count(*) filter (where not is_compacted) >= $least
    and count(*) filter (where not is_compacted)
    > 4 * count(*) filter (where is_compacted)
order by month
