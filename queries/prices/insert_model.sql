-- One row: a model of the book's owner.
insert into model (provider, model, position, name, context_window, match, variants, origin)
select
    $provider as provider,
    $model as model,
    cast(coalesce(max(position), 0) + 1 as integer) as position,
    null as name,
    null as context_window,
    null as match,
    '{}' as variants,
    'book' as origin
from model
