-- One row per account that had the book's currency: it keeps having it.
update account
set currency = null
where currency in (select value from setting where name = 'currency')
