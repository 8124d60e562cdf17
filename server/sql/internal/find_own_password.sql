-- args: source!
select login_name, password_hash, failures, failed_ago_ms, cleared, source_owes_ms
from auth.own_password($1::text)
