-- One row: a file that documents show; none if it is there.
insert into invoice_asset (sha256, media_type, bytes)
values ($sha256, $media_type, $bytes)
on conflict do nothing
