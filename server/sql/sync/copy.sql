-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=1000') where $1::int4 not between 1 and 1000
;
-- args: feed!, entity!, after_id, limit
-- into: marks
select entity, id, version, kind, unit_id, into_id, digest, position
from auth.sync_copy($1::uuid, $2::text, $3::uuid, coalesce($4::int4, 500))
limit 1000
;
-- include: sync/_records
;
-- args:
select current_setting('app.sync_more')::boolean as more
