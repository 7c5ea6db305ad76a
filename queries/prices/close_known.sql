-- One row per price that the new one replaces, in whole or in part: it is known until now.
update price
set known_to = cast($now as timestamp)
where
    provider = $provider
    and model = $model
    and variant = $variant
    and known_to = timestamp '9999-12-31'
    and effective_from < cast($effective_to as timestamp)
    and effective_to > cast($effective_from as timestamp)
