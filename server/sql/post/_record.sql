-- args: id!
select id, version, unit_id, unit_path, type, type_name, title, body_name, is_party, part_time, from_on, last_on, holding_id,
	person_id, holder_name, is_member, concurrent, held_from_on, held_until_on, pos
from auth.post_rows($1::uuid)
