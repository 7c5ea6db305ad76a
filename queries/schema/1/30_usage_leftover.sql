-- One row per closing whose files are to be removed, where they are not registered. Their names
-- begin with it.
create table usage_leftover (
    batch varchar not null
)
