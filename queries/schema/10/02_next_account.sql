-- One row per Parquet file: the account with which the next one begins, which may still have
-- records in this one; null in the last.
alter table usage_file add column next_account varchar
