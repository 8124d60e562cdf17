-- args:
select login_name, full_name, person_id, grant_id, expires_at_us
from auth.who_am_i()
;
-- args:
-- into: grants
select id, role, role_name, unit_id, unit_path, until_on
from auth.own_grants()
limit 200
;
-- args:
-- into: waiting
select role, role_name, unit_path, waits_for
from auth.own_waiting_grants()
limit 200
