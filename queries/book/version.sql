-- One row: the newest schema version that was applied.
select coalesce(max(version), 0) as version
from schema_version
