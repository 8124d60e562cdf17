-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, as_of_on, kind, status, after_pos, after_id, limit
select id, full_name, sex, born_on, status, joined_on, unit_name, kind, pos, unit_id
from auth.member_page($1::uuid, coalesce(day($2::text, 'as_of_on'), today()),
	coalesce($3::membership_kind, 'primary'), $4::member_status, $5::int4, $6::uuid, coalesce($7::int4, 100))
limit 500
