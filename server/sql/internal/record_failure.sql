-- args: login_name, source!, tested!, source_cost_ms!
select from auth.record_failure($1::text, $2::text, $3::boolean, $4::int4)
