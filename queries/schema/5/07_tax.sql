-- No rows. The name of the tax rate of an account; null is that of the configuration.
alter table account add column tax varchar
