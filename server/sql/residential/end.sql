-- args: id!, base_version!, last_on!, reason!
select from end_registration($1::uuid, $2::int4, day($3::text, 'last_on'), $4::text)
;
-- args: id!
select id, version, unit_id, unit_path, member_id, full_name, category, state, work_unit, introduced_on, received_on, ended_on,
	reason, year, grade, note, is_confirmed, sent_on, pos
from auth.registration_rows($1::uuid)
