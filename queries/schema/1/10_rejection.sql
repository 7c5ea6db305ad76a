-- One row per input row that was not recorded.
create table rejection (
    load_id bigint not null,
    path varchar not null,
    line bigint not null,
    code varchar not null,
    message varchar not null,
    excerpt varchar not null
)
