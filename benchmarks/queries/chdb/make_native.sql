-- No rows: the database of chDB's own tables.
create database if not exists native
