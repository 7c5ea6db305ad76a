-- One row per rated row that is new.
select rated.*
from rated
anti join verdict on rated.path = verdict.path and rated.line_number = verdict.line_number
