-- No rows. An account's balance: the sum of its transactions.
alter table account add column balance decimal(18, 6) default 0
