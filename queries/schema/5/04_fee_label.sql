-- No rows. What the fee is called on invoices.
alter table account add column fee_label varchar
