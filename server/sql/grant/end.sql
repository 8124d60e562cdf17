-- args: id!
select from auth.end_grant($1::uuid)
;
-- args: id!
select id, person_id, full_name, role, unit_id, unit_path, from_on, until_on, basis, granted_by, ended_at_us
from auth.grant_rows($1::uuid, null, null, 1)
