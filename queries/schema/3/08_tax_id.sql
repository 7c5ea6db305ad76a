-- No rows. The tax id on an account's invoices.
alter table account add column tax_id varchar
