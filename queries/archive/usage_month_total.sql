-- One row per roll-up cell without its day, of archived months.
select *
from usage_month_total
where list_contains($months, month)
