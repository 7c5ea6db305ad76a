-- One row: the bytes of both tables with their indexes.
select
    pg_total_relation_size('"LiteLLM_SpendLogs"')
    + pg_total_relation_size('"LiteLLM_DailyEndUserSpend"') as size
