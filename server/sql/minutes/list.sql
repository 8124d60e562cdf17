-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, period_month, state, after_pos, after_id, limit
select id, version, unit_id, unit_path, meeting_id, kind, period_month, number, state, adopted_at_us, chair_signed_at_us,
	clerk_signed_at_us, pos
from auth.minutes_page($1::uuid, a_month($2::text, 'period_month'), $3::minutes_state, $4::int4, $5::uuid,
	coalesce($6::int4, 100))
limit 500
