-- One row: what became of the rows of a part.
select
    (select count(*) from staged) as row_count,
    (select count(*) from staged where rejection_code is null) as usable,
    (select count(*) from rated) as rated,
    (select count(*) from accepted) as appended,
    (select count(*) from accepted where price_id is null) as unpriced,
    (select count(*) from verdict where verdict = 'duplicate') as duplicates,
    (select count(*) from staged where rejection_code is not null)
    + (select count(*) from verdict where verdict = 'id_conflict') as rejected
