-- No rows. An account without a currency of its own has that of the book.
alter table account alter column currency drop default
