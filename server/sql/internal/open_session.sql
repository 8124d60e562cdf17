-- args: account_id!, checked!, token_hash!, rehashed
select null::bytea as token, expires_at_us, full_name
from auth.open_session($1::uuid, $2::text, $3::bytea, $4::text)
;
-- include: internal/_own_grants
