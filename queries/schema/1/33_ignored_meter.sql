-- One row per counter that the book's owner has said costs nothing: of a provider and model, or ''
-- for all of them.
create table ignored_meter (
    meter varchar not null,
    provider varchar not null,
    model varchar not null,
    created_at timestamp not null,
    primary key (meter, provider, model)
)
