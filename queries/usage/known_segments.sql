-- One row per segment of a list that is in the book already, by name and content.
select
    segment,
    content_hash,
    rejected
from spool_segment
where segment in (select unnest($segments))
