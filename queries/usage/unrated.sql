-- One row per staged row that can be recorded, with its account and the identity of its content.
-- Content is what the caller sent after mapping. It names only what is there, so that a meter that
-- a later version adds leaves the hashes of old records as they are. A row without an id gets one
-- from its content and its n-th occurrence within its scope: the file, where nothing else is asked.
with owned as (
    select
        staged.* exclude (account_id),
        coalesce(staged.account_id, account.account_id) as account_id
    from staged
    left join account on staged.account_id is null and staged.external_id = account.external_id
    where staged.rejection_code is null
),

described as (
    select
        *,
        concat_ws(
            chr(31),
            case
                when is_time_given
                    then 'occurred_at=' || strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.%f')
            end,
            'context=' || context,
            'account=' || account_id,
            'transaction=' || transaction_id,
            'provider=' || provider,
            'model=' || model,
            'usage_type=' || usage_type,
            'variant=' || nullif(variant, ''),
            'input_tokens=' || nullif(input_tokens, 0),
            'cache_read_tokens=' || nullif(cache_read_tokens, 0),
            'cache_write_tokens=' || nullif(cache_write_tokens, 0),
            'cache_write_1h_tokens=' || nullif(cache_write_1h_tokens, 0),
            'input_audio_tokens=' || nullif(input_audio_tokens, 0),
            'cache_audio_read_tokens=' || nullif(cache_audio_read_tokens, 0),
            'input_image_tokens=' || nullif(input_image_tokens, 0),
            'cache_image_read_tokens=' || nullif(cache_image_read_tokens, 0),
            'input_video_tokens=' || nullif(input_video_tokens, 0),
            'output_tokens=' || nullif(output_tokens, 0),
            'output_reasoning_tokens=' || nullif(output_reasoning_tokens, 0),
            'output_audio_tokens=' || nullif(output_audio_tokens, 0),
            'output_image_tokens=' || nullif(output_image_tokens, 0),
            'output_video_tokens=' || nullif(output_video_tokens, 0),
            'output_citation_tokens=' || nullif(output_citation_tokens, 0),
            'audio_milliseconds=' || nullif(audio_milliseconds, 0),
            'input_characters=' || nullif(input_characters, 0),
            'input_text_messages=' || nullif(input_text_messages, 0),
            'web_searches=' || nullif(web_searches, 0),
            'storage_searches=' || nullif(storage_searches, 0),
            'document_pages=' || nullif(document_pages, 0),
            'annotated_document_pages=' || nullif(annotated_document_pages, 0),
            'requests=' || nullif(requests, 1),
            'other_meters=' || other_meters,
            'description=' || description,
            'tags=' || tags
        ) as content
    from owned
),

identified as (
    select
        * exclude (content),
        md5_number_lower(record_id || chr(31) || content) as content_hash
    from described
    where record_id is not null
    union all
    select
        * exclude (content) replace (
            'usage_' || md5(
                concat_ws(
                    chr(31),
                    content,
                    id_scope,
                    row_number() over (partition by path, content)
                )
            ) as record_id
        ),
        md5_number_lower(content) as content_hash
    from described
    where record_id is null
)

select
    * exclude (provider, model),
    provider as provider_as_sent,
    model as model_as_sent,
    md5_number_lower(record_id) as id_hash
from identified
