-- No rows. What else the caller keeps with an account: a JSON object as text.
alter table account add column metadata varchar
