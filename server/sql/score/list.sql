-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, from_month, until_month, state, after_pos, after_id, limit
select meeting_id, unit_id, unit_name, kind, period_month, held_on, state, self_total, self_grade, total, grade, gap,
	is_flagged, pos
from scoring_page($1::uuid, a_month($2::text, 'from_month'), a_month($3::text, 'until_month'), $4::scoring_state, $5::int4,
	$6::uuid, coalesce($7::int4, 100))
limit 500
