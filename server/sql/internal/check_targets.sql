-- args: entities!, ids!, fields!
select from auth.check_targets($1::text[], $2::uuid[], $3::text[])
