-- One row per credit note of a part of a document.
select
    number,
    content
from invoice
where refers_to = $number and purpose = 'credit'
order by chain_position
