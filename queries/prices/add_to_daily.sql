-- One row per roll-up cell: what comes to it.
insert into usage_daily_delta (
{{ cell_key() }},
    record_count,
{{ quantities() }},
    cost_usd
)
{{ cells_of("changed") }}
group by
{{ cell_key() }}
