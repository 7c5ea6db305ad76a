-- One row per roll-up cell: what this load adds to it.
insert into usage_daily_delta (
{{ cell_key() }},
    record_count,
{{ quantities() }},
    cost_usd
)
{{ cells_of("usage_open") }}
where load_id = $load_id
group by
{{ cell_key() }}
order by local_day, account_id
