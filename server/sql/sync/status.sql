-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, after_id, limit
select unit_path, name, state, reported_at_us, waiting, oldest_at_us, parked, position, behind, proven_at_us, device_id
from auth.sync_status($1::uuid, $2::uuid, coalesce($3::int4, 100))
limit 500
