-- One row per file and content of rows without an id: how often a part of a load had it.
select
    path,
    content_hash,
    other_content_hash,
    count(*) as occurrences
from rated
where not is_id_given
group by path, content_hash, other_content_hash
