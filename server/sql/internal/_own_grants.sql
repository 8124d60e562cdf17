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
