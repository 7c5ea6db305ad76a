-- One row per model, in the order in which they are tried.
select
    provider,
    model,
    name,
    context_window,
    match,
    variants,
    origin
from model
order by position
