-- One row per roll-up cell and load: what it cost, since a price is never edited.
alter table usage_daily_delta add column cost_usd decimal(38, 18)
