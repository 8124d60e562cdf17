-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=200') where $1::int4 not between 1 and 200
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, pending, after, limit
select id, person_id, full_name, role, unit_id, unit_path, from_on, until_on, basis, state, meeting_id, emergency,
       expires_at_us, requested_by, requested_at_us, created_by, created_at_us, confirmed_by, confirmed_at_us,
       ended_by, ended_at_us
from auth.grant_rows(null, $1::uuid, $2::boolean, $3::uuid, coalesce($4::int4, 50))
limit 200
