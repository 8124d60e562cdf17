-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=200') where $1::int4 not between 1 and 200
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, after_id, limit
select id, version, unit_id, unit_path, name, state, fingerprint, enrolled_at_us, seen_at_us, high_seq, reason
from auth.device_rows(null, $1::uuid, $2::uuid, coalesce($3::int4, 100))
limit 200
