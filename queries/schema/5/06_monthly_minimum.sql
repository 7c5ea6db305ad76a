-- No rows. What an account pays at least for a month's usage, in its currency.
alter table account add column monthly_minimum decimal(18, 3)
