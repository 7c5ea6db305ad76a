-- One row per fact of the built-in file.
insert into price_fact (
    fact, kind, provider, model, variant, meter, value,
    valid_from, valid_to, source, found, confidence, note
)
select
    id as fact,
    kind,
    provider,
    model,
    variant,
    meter,
    coalesce(
        amount || '/' || per,
        'x ' || factor,
        target,
        window_days || ' ' || window_start_second || '-' || window_end_second || ' ' || window_zone
    ) as value,
    valid_from,
    valid_to,
    source,
    cast(found as date) as found,
    confidence,
    note
from raw_fact
