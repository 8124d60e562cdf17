-- args: login_name!, source!
select account_id, password_hash, failures, failed_ago_ms, cleared, source_owes_ms
from auth.find_account($1::text, $2::text)
