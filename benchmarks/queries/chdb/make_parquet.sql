-- No rows: the database that shows our Parquet.
create database if not exists parquet
