-- args: login_name!
select account_id, password_hash from auth.find_account($1::text)
