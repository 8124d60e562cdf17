-- args: id!, lines.member_id, lines.state, lines.reason, lines.arrived_at_us, lines.left_at_us, others
select from record_attendance($1::uuid, array(
	select row(l.*)::attendance_line
	from unnest($2::uuid[], $3::attendance_state[], $4::text[], $5::timestamptz[], $6::timestamptz[]) as l), $7::attendance_state)
;
-- args: id!
select id, version, unit_id, unit_path, kind, is_pilot, state, period_month, planned_at_us, held_on, started_at_us,
	ended_at_us, place, chair, clerk, topic, topic_tag, members_due, present, excused, unexcused, not_recorded,
	attendance_pct, conclusion, published_on, submitted_at_us, acknowledged_at_us, reason
from meeting_record($1::uuid)
;
-- args: id!
-- into: attendance
select a.member_id, a.full_name, a.status, a.is_away, a.state, a.reason, a.arrived_at as arrived_at_us,
	a.left_at as left_at_us
from meeting_attendance($1::uuid) a
limit 500
