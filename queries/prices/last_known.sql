-- One row: when the newest price of the book became known.
select max(known_from) as known_from
from price
