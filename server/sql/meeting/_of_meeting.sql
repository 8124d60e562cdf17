-- args: meeting_id!
select id, version, unit_id, unit_path, kind, is_pilot, state, period_month, planned_at_us, held_on, started_at_us,
	ended_at_us, place, chair, clerk, topic, topic_tag, members_due, present, excused, unexcused, not_recorded,
	attendance_pct, conclusion, published_on, submitted_at_us, acknowledged_at_us, reason
from meeting_record($1::uuid)
