-- No rows. How many transactions an account has; the next one gets this number plus 1.
alter table account add column transaction_count bigint default 0
