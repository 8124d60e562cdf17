-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, period_month!, session.unit_id
select unit_code, unit_name, is_held, held_on, kind, is_pilot, members_due, present, excused, unexcused, attendance_pct,
	minutes, speakers, resolution_nos, tasks_new, tasks_done, tasks_overdue, proposals, self_grade, grade, is_submitted,
	meeting_id
from auth.branch_activity(coalesce($1::uuid, $3), a_month($2::text, 'period_month'))
limit 2000
