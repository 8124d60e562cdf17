-- args: id!
select id, version, unit_id, unit_path, member_id, full_name, category, state, work_unit, introduced_on, received_on, ended_on,
	reason, year, grade, note, is_confirmed, sent_on, pos
from auth.registration_rows($1::uuid)
