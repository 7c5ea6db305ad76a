-- One row: what became of the staged rows of a part.
select
    (select count(*) from staged where rejection_code is null) as usable,
    (select count(*) from staged where rejection_code is not null) as rejected,
    (select count(*) from rated) as rated,
    (select count(*) from accepted where price_id is null) as unpriced
