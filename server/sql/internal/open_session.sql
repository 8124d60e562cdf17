-- args: account_id!, checked!, token_hash!, rehashed
select null::bytea as token, expires_at_us, full_name
from auth.open_session($1::uuid, $2::text, $3::bytea, $4::text)
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
