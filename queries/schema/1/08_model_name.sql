-- One row per provider, model and variant as they were sent, with what they mean. A cache of the
-- resolution.
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
    primary key (provider_as_sent, model_as_sent, variant)
)
