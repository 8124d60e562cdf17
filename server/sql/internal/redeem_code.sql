-- args: login_name!, code_hash!, password_hash!, token_hash!, device_key
select null::bytea as token, expires_at_us, full_name
from auth.redeem_code($1::text, $2::bytea, $3::text, $4::bytea, $5::bytea)
;
-- include: internal/_own_grants
