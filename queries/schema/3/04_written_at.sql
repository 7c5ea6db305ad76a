-- No rows. When an account's credits were last written; its time never goes back behind that.
alter table account add column written_at timestamp
