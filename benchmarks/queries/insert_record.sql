-- One row: one more. The mark stands for as many as the table has columns.
insert into usage_open values (?)
