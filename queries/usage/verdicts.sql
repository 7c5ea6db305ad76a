-- One row: how many rows are not new.
select
    count(*) filter (where verdict = 'duplicate') as duplicates,
    count(*) filter (where verdict = 'id_conflict') as conflicts
from verdict
