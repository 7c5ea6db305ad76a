-- One row per provider; the clauses say which names mean it, in the order in which they are tried.
create table provider (
    provider varchar not null primary key,
    position integer not null,
    name varchar,
    model_match varchar,
    provider_match varchar,
    fallback varchar not null,
    origin varchar not null
)
