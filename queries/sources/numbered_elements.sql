-- One row per row of JSON documents, in the form of a line; its number is
-- made of its place in the document.
select
    path,
    line_number * 1000000 + position as line_number,
    id_scope,
    line,
    problem
from record
