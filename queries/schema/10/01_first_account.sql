-- One row per Parquet file: the account with which it begins, '' for usage without one; null where
-- nobody wrote it down.
alter table usage_file add column first_account varchar
