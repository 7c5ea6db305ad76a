-- One row per content of rows without an id that the files of a load had before it.
select
    path,
    content_hash,
    other_content_hash,
    occurrences
from follow_content
where list_contains($paths, path)
