-- One row: a face of a document.
insert into invoice_face (number, face, bytes, sha256)
values ($number, $face, $bytes, $sha256)
