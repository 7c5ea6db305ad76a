-- One row per linear rate vector: when and for what it holds. Its rates are in price_rate. The
-- window is a part of the day: the weekdays (1 is Monday) and the seconds of the day, from and to,
-- in a time zone. facts names the reviewed facts that decided it.
create table price (
    price_id varchar not null primary key,
    provider varchar not null,
    model varchar not null,
    variant varchar not null,
    input_tokens_from bigint not null,
    input_tokens_to bigint not null,
    window_days varchar not null,
    window_start_second integer not null,
    window_end_second integer not null,
    window_zone varchar not null,
    effective_from timestamp not null,
    effective_to timestamp not null,
    known_from timestamp not null,
    known_to timestamp not null,
    minimum_audio_milliseconds bigint not null,
    is_free boolean not null,
    origin varchar not null,
    facts varchar
)
