-- args: id!, login_name!, unit_code, name!, code_hash!, local_uid!
select from auth.invite_first_device($1::uuid, $2::text, $3::text, $4::text, $5::bytea, $6::int4)
