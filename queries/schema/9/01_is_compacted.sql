-- One row per roll-up cell and load, or per compacted cell: all that was known of it at one time.
alter table usage_daily_delta add column is_compacted boolean default false
