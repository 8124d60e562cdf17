-- args: role!, account_id!, person_id!, unit_id!, login_name!, family_name!, given_name!, unit_code, unit_name, founded_on, code_hash!, local_uid!
select account_id
from auth.bootstrap($1::text, $2::uuid, $3::uuid, $4::uuid, $5::text, $6::text, $7::text, $8::text, $9::text,
	coalesce(day($10::text, 'founded_on'), today()), $11::bytea, $12::int4)
