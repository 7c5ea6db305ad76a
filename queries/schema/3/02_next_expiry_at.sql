-- No rows. Before this instant none of an account's pending reservations expires.
alter table account add column next_expiry_at timestamp
