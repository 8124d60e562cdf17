-- args: account_id!, person_id!, unit_id!, login_name!, family_name!, given_name!, unit_code!, unit_name!, founded_on, code_hash!, local_uid!
select account_id
from auth.bootstrap($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, $7::text, $8::text,
	coalesce(day($9::text, 'founded_on'), today()), $10::bytea, $11::int4)
