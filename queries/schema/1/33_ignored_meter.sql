-- One row per counter that the book's owner has said costs nothing: of a provider and model, or ''
-- for all of them. What was priced before it was minded again keeps its cost, so it stays here.
create table ignored_meter (
    meter varchar not null,
    provider varchar not null,
    model varchar not null,
    created_at timestamp not null,
    minded_at timestamp,
    primary key (meter, provider, model)
)
