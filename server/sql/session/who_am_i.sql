-- args:
select login_name, full_name, person_id, grant_id, expires_at_us
from auth.who_am_i()
;
-- include: internal/_own_grants
