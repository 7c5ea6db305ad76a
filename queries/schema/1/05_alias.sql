-- One row per name that the book's owner gave to a model; provider '' is any provider.
create table alias (
    provider varchar not null,
    name varchar not null,
    target_provider varchar not null,
    target_model varchar not null,
    created_at timestamp not null,
    primary key (provider, name)
)
