-- One row per issued document, or face of one, that is not what its hash says, or that does not
-- follow the document before it. 'tokenbook invoice verify' computes the chain again as well.
select
    invoice.number,
    'content' as part
from invoice
left join invoice as before on invoice.chain_position = before.chain_position + 1
where
    sha256(invoice.content) <> invoice.sha256
    or invoice.previous_sha256 <> coalesce(before.chain_sha256, repeat('0', 64))
union all
select
    face.number,
    face.face as part
from invoice_face as face
left join invoice on face.number = invoice.number
where sha256(face.bytes) <> face.sha256 or invoice.number is null
