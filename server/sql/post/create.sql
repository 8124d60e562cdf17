-- args: id!, unit_id!, type!, title, body_name, is_party!, part_time, from_on!
select from create_post($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::bool, $7::bool, day($8::text, 'from_on'))
;
-- args: id!
select id, version, unit_id, unit_path, type, type_name, title, body_name, is_party, part_time, from_on, last_on, holding_id,
	person_id, holder_name, is_member, concurrent, held_from_on, held_until_on, pos
from auth.post_rows($1::uuid)
