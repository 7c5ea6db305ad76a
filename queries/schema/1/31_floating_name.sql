-- One row per name of a provider that means another model at another time, and span: what it means
-- then.
create table floating_name (
    provider varchar not null,
    name varchar not null,
    target_provider varchar not null,
    target_model varchar not null,
    valid_from timestamp not null,
    valid_to timestamp not null,
    fact varchar not null
)
