-- One row: a closing whose files are to be removed, where they are not registered.
insert into usage_leftover (batch)
values ($batch)
