-- args: id!, person_id!, update_mask, family_name, middle_name, given_name, sex, born_on, native_place, basis!
select from auth.submit_change($1::uuid, $2::uuid, $3::text[], $4::text, $5::text, $6::text, $7::sex, $8::text, $9::text,
	$10::text)
;
-- args: id!
select id, version, person_id, full_name, unit_id, unit_path, state, old_values, new_values, basis, submitted_by,
	submitted_at_us, first_by, first_at_us, second_by, second_at_us, refused_by, refused_at_us, reason, waits_for_role,
	waits_for_unit_path, moved_up, person_version, pos
from auth.change_rows($1::uuid)
;
-- args: id!
-- into: changes
select field, old_value, new_value
from auth.change_lines($1::uuid)
limit 10
