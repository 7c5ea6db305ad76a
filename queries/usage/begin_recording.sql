-- One row: the load that single records go to.
insert into recording (load_id)
values ($load_id)
