-- One row per setting of a book, but for those that say where its own files are.
select
    name,
    value
from setting
where name not in ('schema_fingerprint', 'views_fingerprint', 'views_folder')
