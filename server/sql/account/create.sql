-- args: id!, login_name!, person_id!, code_hash!
select from auth.create_account($1::uuid, $2::text, $3::uuid, $4::bytea)
;
-- include: account/_record
