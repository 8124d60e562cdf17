-- args: account_id!, token_hash!, rehashed
select null::bytea as token, expires_at_us, full_name
from auth.open_session($1::uuid, $2::bytea, $3::text)
;
-- args:
-- into: grants
select id, role, role_name, unit_id, unit_path, until_on
from auth.own_grants()
limit 200
