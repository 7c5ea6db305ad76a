-- One row per document and face: the bytes as they were issued.
create table invoice_face (
    number varchar not null,
    face varchar not null,
    bytes blob not null,
    sha256 varchar not null
)
