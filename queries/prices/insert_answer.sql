-- One row: what a record used, as its owner says.
insert into usage_answer (record_id, answered_at, meters)
values ($record_id, $answered_at, $meters)
