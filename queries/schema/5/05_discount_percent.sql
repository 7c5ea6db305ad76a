-- No rows. What is taken off an account's usage, in percent.
alter table account add column discount_percent decimal(7, 4)
