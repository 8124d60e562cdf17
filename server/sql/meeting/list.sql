-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, from_month, until_month, kind, state, after_month, after_pos, after_id, limit
select id, period_month, unit_name, kind, is_pilot, state, planned_at_us, held_on, topic, unit_id, version, pos
from meeting_rows($1::uuid, a_month($2::text, 'from_month'), a_month($3::text, 'until_month'), $4::meeting_kind,
	$5::meeting_state, a_month($6::text, 'after_month'), $7::int4, $8::uuid, coalesce($9::int4, 100))
limit 500
