-- No rows. What an account pays each month besides usage, in its currency.
alter table account add column monthly_fee decimal(18, 3)
