-- One row per linear rate vector: USD per stored unit of each meter, null where there is no rate.
create table price (
    price_id varchar not null primary key,
    provider varchar not null,
    model varchar not null,
    variant varchar not null,
    input_tokens_from bigint not null,
    input_tokens_to bigint not null,
    window_start_second integer not null,
    window_end_second integer not null,
    effective_from timestamp not null,
    effective_to timestamp not null,
    known_from timestamp not null,
    known_to timestamp not null,
    minimum_audio_milliseconds bigint not null,
    is_free boolean not null,
    origin varchar not null,
{% for meter in meters %}
    {{ meter.name }}_rate decimal(24, 18){{ "," if not loop.last }}
{% endfor %}
)
