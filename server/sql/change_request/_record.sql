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
