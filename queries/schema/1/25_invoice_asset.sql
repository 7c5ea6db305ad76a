-- One row per file that documents show, such as a logo, named by its SHA-256.
create table invoice_asset (
    sha256 varchar not null primary key,
    media_type varchar not null,
    bytes blob not null
)
