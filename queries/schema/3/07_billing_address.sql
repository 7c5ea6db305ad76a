-- No rows. The address on an account's invoices.
alter table account add column billing_address varchar
