-- No rows. What of an account's balance is held by reservations whose status is pending.
-- It has a digit more than a balance: a hold is added before it is known to be covered.
alter table account add column reserved decimal(19, 6) default 0
