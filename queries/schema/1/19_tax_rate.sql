-- One row per tax rate and the day from which it holds. An exempt or reverse charged one is 0.
create table tax_rate (
    name varchar not null,
    effective_from date not null,
    kind varchar not null,
    rate_percent decimal(7, 4) not null,
    note varchar,
    recorded_at timestamp not null,
    primary key (name, effective_from)
)
