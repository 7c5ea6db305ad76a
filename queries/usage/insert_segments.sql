-- One row per segment of a load, with how many of its lines were rejected.
with drained as (
    select
        unnest($segments) as segment,
        unnest($hashes) as content_hash,
        unnest($sizes) as size_bytes,
        unnest($paths) as path
),

refused as (
    select
        path,
        count(*) as rejections
    from rejection
    where load_id = $load_id
    group by path
)

insert into spool_segment (segment, content_hash, size_bytes, rejected, load_id, drained_at)
select
    drained.segment,
    drained.content_hash,
    drained.size_bytes,
    coalesce(refused.rejections, 0) as rejected,
    $load_id as load_id,
    $drained_at as drained_at
from drained
left join refused on drained.path = refused.path
