-- args: login_name, source
select from auth.record_failure($1::text, $2::text)
