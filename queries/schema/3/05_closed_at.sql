-- No rows. When an account was closed.
alter table account add column closed_at timestamp
