-- args: login_name!, code_hash!, local_uid!
select account_id from auth.reset_admin($1::text, $2::bytea, $3::int4)
