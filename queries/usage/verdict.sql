-- One row per identified row that is not new: a duplicate of a record in the book or of an earlier
-- row of this load, or in conflict with it (the same id, other content). Rows are compared by hash,
-- and a suspected conflict with the book by its id, so that two ids with one hash are never taken
-- for one.
with repeated as (
    select id_hash
    from identified
    group by id_hash
    having count(*) > 1
),

known as (
    select
        identified.path,
        identified.line_number,
        identified.record_id,
        bool_or(record_index.content_hash = identified.content_hash) as is_same
    from record_index
    inner join identified on record_index.id_hash = identified.id_hash
    group by identified.path, identified.line_number, identified.record_id
),

confirmed as (
    select
        path,
        line_number,
        record_id,
        'duplicate' as verdict
    from known
    where is_same
    union all
    select
        known.path,
        known.line_number,
        known.record_id,
        'id_conflict' as verdict
    from usage_record
    inner join known on usage_record.record_id = known.record_id
    where not known.is_same
),

ranked as (
    select
        identified.path,
        identified.line_number,
        identified.record_id,
        identified.content_hash,
        row_number() over repeated_id as occurrence,
        first_value(identified.content_hash) over repeated_id as first_content_hash
    from identified
    where identified.id_hash in (select repeated.id_hash from repeated)
    window repeated_id as (
        partition by identified.record_id
        order by identified.path, identified.line_number
    )
)

select
    path,
    line_number,
    record_id,
    verdict
from confirmed
union all
select
    ranked.path,
    ranked.line_number,
    ranked.record_id,
    case
        when ranked.content_hash = ranked.first_content_hash then 'duplicate' else 'id_conflict'
    end as verdict
from ranked
where
    ranked.occurrence > 1
    and ranked.record_id not in (select confirmed.record_id from confirmed)
