-- No rows. The currency of an account's invoices.
alter table account add column currency varchar default 'USD'
