-- args: id!
select id, person_id, full_name, role, unit_id, unit_path, from_on, until_on, basis, state, meeting_id, emergency,
       expires_at_us, requested_by, requested_at_us, created_by, created_at_us, confirmed_by, confirmed_at_us,
       ended_by, ended_at_us
from auth.grant_rows($1::uuid, null, null, null, 1)
