-- One row per provider, model and variant as they were sent, and span of time, with what they mean
-- then. A cache of the resolution.
create table model_name (
    provider_as_sent varchar not null,
    model_as_sent varchar not null,
    variant varchar not null,
    provider varchar,
    model varchar not null,
    price_provider varchar,
    price_model varchar,
    price_variant varchar not null,
    how varchar not null,
    valid_from timestamp not null,
    valid_to timestamp not null,
    primary key (provider_as_sent, model_as_sent, variant, valid_from)
)
