-- One row per provider, model and variant as sent that has not been resolved yet.
select distinct
    coalesce(unrated.provider_as_sent, '') as provider_as_sent,
    unrated.model_as_sent,
    unrated.variant
from unrated
left join model_name as name
    on
        coalesce(unrated.provider_as_sent, '') = name.provider_as_sent
        and unrated.model_as_sent = name.model_as_sent
        and unrated.variant = name.variant
where name.model_as_sent is null
order by 1, 2, 3
