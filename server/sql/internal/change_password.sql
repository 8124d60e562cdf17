-- args: checked!, password_hash!
select sessions_ended from auth.change_password($1::text, $2::text)
