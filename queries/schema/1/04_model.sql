-- One row per model of a provider; the clause says which names mean it.
create table model (
    provider varchar not null,
    model varchar not null,
    position integer not null,
    name varchar,
    context_window bigint,
    match varchar,
    variants varchar not null,
    origin varchar not null,
    primary key (provider, model)
)
