-- One row more per content of rows without an id in the files that are followed.
insert into follow_content
select
    path,
    content_hash,
    other_content_hash,
    cast(sum(occurrences) as bigint) as occurrences
from earlier_content
group by path, content_hash, other_content_hash
