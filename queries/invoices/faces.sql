-- One row per face of a document.
select
    face,
    bytes,
    sha256
from invoice_face
where number = $number
order by face
