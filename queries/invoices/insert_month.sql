-- One row: what a document bills of a month.
insert into invoice_month (number, account_id, month, charge_factor, charge_usd, owed, terms)
values ($number, $account_id, $month, $charge_factor, $charge_usd, $owed, $terms)
