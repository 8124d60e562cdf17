-- args: login_name!, code_hash!, password_hash!, token_hash!
select null::bytea as token, expires_at_us, full_name
from auth.redeem_code($1::text, $2::bytea, $3::text, $4::bytea)
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
