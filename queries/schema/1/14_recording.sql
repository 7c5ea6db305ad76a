-- One row, if any: the load that single records go to. Its records are not rolled up yet, nor are
-- they in the index of ids.
create table recording (
    load_id bigint not null
)
