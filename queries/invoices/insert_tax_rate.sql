-- One row: a tax rate from a day on; one of that name and day is replaced.
insert or replace into tax_rate (name, effective_from, kind, rate_percent, note, recorded_at)
values ($name, $effective_from, $kind, $rate_percent, $note, $recorded_at)
