-- args: id!, papers.title, papers.sent_to, papers.sent_at_us
select from notify_meeting($1::uuid, array(
	select row(l.*)::paper_line from unnest($2::text[], $3::text[], $4::timestamptz[]) as l))
;
-- args: id!
select id, version, unit_id, unit_path, kind, is_pilot, state, period_month, planned_at_us, held_on, started_at_us,
	ended_at_us, place, chair, clerk, topic, topic_tag, members_due, present, excused, unexcused, not_recorded,
	attendance_pct, conclusion, published_on, submitted_at_us, acknowledged_at_us, reason
from meeting_record($1::uuid)
;
-- args: id!
-- into: papers
select p.id, p.title, p.sent_to, p.sent_at as sent_at_us
from paper p
where p.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by p.sent_at, p.id
limit 500
