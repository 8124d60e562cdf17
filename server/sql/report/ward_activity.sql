-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, period_month!, session.unit_id
select unit_code, unit_name, branches, held, not_held, regular, thematic, pilot, members_due, present, attendance_pct, good, fair,
	average, poor, not_graded, late
from auth.ward_activity(coalesce($1::uuid, $3), a_month($2::text, 'period_month'), false)
limit 500
;
-- args: unit_id, period_month!, session.unit_id
-- into: totals
select branches, held, not_held, regular, thematic, pilot, members_due, present, attendance_pct, good, fair,
	average, poor, not_graded, late
from auth.ward_activity(coalesce($1::uuid, $3), a_month($2::text, 'period_month'), true)
limit 1
