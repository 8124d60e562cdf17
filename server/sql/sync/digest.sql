-- args: feed!
-- into: digests
select entity, unit_id, count, digest
from auth.sync_digests($1::uuid)
limit 20000
;
-- args:
select current_setting('app.sync_head')::int8 as position, current_setting('app.sync_level')::int4 as schema_level
