-- args: id!, person_id!, role!, unit_id!, from_on, until_on, basis!
select from auth.create_grant($1::uuid, $2::uuid, $3::text, $4::uuid,
	coalesce(day($5::text, 'from_on'), today()), day($6::text, 'until_on'), $7::text)
;
-- args: id!
select id, person_id, full_name, role, unit_id, unit_path, from_on, until_on, basis, granted_by, ended_at_us
from auth.grant_rows($1::uuid, null, null, 1)
