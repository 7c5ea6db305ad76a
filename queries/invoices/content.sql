-- One row, or none: the content of a document, and the versions of what made its faces.
select
    content,
    versions
from invoice
where number = $number
