-- args: id!, meeting_id!, candidate_id!, mentor_id!, month, strengths!, weaknesses!, branch_comment
select from report_candidate($1::uuid, $2::uuid, $3::uuid, $4::uuid, a_month($5::text, 'month'), $6::text, $7::text,
	$8::text)
;
-- args: meeting_id!
select id, version, unit_id, unit_path, kind, is_pilot, state, period_month, planned_at_us, held_on, started_at_us,
	ended_at_us, place, chair, clerk, topic, topic_tag, members_due, present, excused, unexcused, not_recorded,
	attendance_pct, conclusion, published_on, submitted_at_us, acknowledged_at_us, reason
from meeting_record($1::uuid)
;
-- args: meeting_id!
-- into: mentor_reports
select r.id, r.candidate_id, r.candidate_name, r.mentor_name as mentor, r.month, r.strengths, r.weaknesses,
	r.branch_comment
from mentor_report r
where r.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by r.candidate_name collate "vi-x-icu", r.id
limit 500
