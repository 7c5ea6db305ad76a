-- One row per staged row that can be recorded, with its identity. A row without an id gets one
-- from its content and its n-th occurrence within its scope: the file, where nothing else is asked.
-- Parts of the file that are stored already count too.
with repeated as (
    select
        path,
        content_hash,
        other_content_hash,
        sum(occurrences) as occurrences
    from earlier_content
    group by path, content_hash, other_content_hash
),

numbered as (
    select
        staged.path,
        staged.line_number,
        coalesce(repeated.occurrences, 0)
        + row_number() over (
            partition by staged.path, staged.content_hash, staged.other_content_hash
        ) as occurrence
    from staged
    left join repeated
        on
            staged.path = repeated.path
            and staged.content_hash = repeated.content_hash
            and staged.other_content_hash = repeated.other_content_hash
    where staged.record_id is null and staged.rejection_code is null
),

identified as (
    select
        staged.* exclude (record_id),
        staged.record_id is not null as is_id_given,
        coalesce(
            staged.record_id,
            'usage_'
            || md5(
                concat_ws(
                    chr(31),
                    staged.content_hash,
                    staged.other_content_hash,
                    staged.id_scope,
                    numbered.occurrence
                )
            )
        ) as record_id
    from staged
    left join numbered
        on staged.path = numbered.path and staged.line_number = numbered.line_number
    where staged.rejection_code is null
)

select
    * exclude (provider, model),
    provider as provider_as_sent,
    model as model_as_sent,
    cast(md5_number(record_id) >> 64 as ubigint) as id_hash
from identified
