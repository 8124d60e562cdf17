-- args: id!
select id, login_name, person_id, full_name, has_password, created_at_us, last_login_at_us, ended_at_us
from auth.account_rows($1::uuid, null, 1)
