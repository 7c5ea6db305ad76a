-- One row per roll-up cell: what the load had added to it, taken away.
insert into usage_daily_delta (
{{ cell_key() }},
    record_count,
{{ quantities() }},
    cost_usd
)
{{ cells_of("usage_open", "-") }}
where load_id = $load_id
group by
{{ cell_key() }}
