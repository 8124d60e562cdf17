-- args: token_hash!, grant_id, method!, read_only!, timeout_ms!, device_key
select account_id, grant_id
from auth.enter($1::bytea, $2::uuid, $3::text, $4::boolean, $5::int4, $6::bytea)
