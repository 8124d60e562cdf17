-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, state, category, year, after_pos, after_id, limit
select id, version, unit_id, unit_path, member_id, full_name, category, state, work_unit, introduced_on, received_on, ended_on,
	reason, year, grade, note, is_confirmed, sent_on, pos
from auth.registration_page($1::uuid, $2::residential_state, $3::residential_category,
	coalesce($4::int4, extract(year from today())::int4), $5::int4, $6::uuid, coalesce($7::int4, 100))
limit 500
