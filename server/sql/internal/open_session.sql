-- args: account_id!, checked!, token_hash!, rehashed, device_key
select null::bytea as token, expires_at_us, full_name
from auth.open_session($1::uuid, $2::text, $3::bytea, $4::text, $5::bytea)
;
-- include: internal/_own_grants
