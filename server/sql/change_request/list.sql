-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=200') where $1::int4 not between 1 and 200
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, after_state, after_pos, after_id, limit
select id, version, person_id, full_name, unit_id, unit_path, state, old_values, new_values, basis, submitted_by,
	submitted_at_us, first_by, first_at_us, second_by, second_at_us, refused_by, refused_at_us, reason, waits_for_role,
	waits_for_unit_path, moved_up, person_version, pos
from auth.change_page($1::uuid, $2::change_state, $3::int4, $4::uuid, coalesce($5::int4, 50))
limit 200
