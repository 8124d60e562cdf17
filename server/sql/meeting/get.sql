-- args: id!
select refuse(5, 'not_found', 'id')
where not exists (select from meeting m where m.id = $1::uuid and reaches(m.unit_id, m.unit_pos, m.id))
;
-- args: id!
select id, version, unit_id, unit_path, kind, is_pilot, state, period_month, planned_at_us, held_on, started_at_us,
	ended_at_us, place, chair, clerk, topic, topic_tag, members_due, present, excused, unexcused, not_recorded,
	attendance_pct, conclusion, published_on, submitted_at_us, acknowledged_at_us, reason
from meeting_record($1::uuid)
;
-- args: id!
-- into: agenda
select i.item_no, i.kind, i.title, i.presenter, i.minutes, i.candidate_id, i.admission_case_id
from agenda_item i
where i.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by i.item_no
limit 50
;
-- args: id!
-- into: checklist
select i.code, c.name, i.done_at as done_at_us
from checklist_item i join code c on c.list = 'checklist' and c.code = i.code
where i.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by c.order_no, i.code
limit 50
;
-- args: id!
-- into: papers
select p.id, p.title, p.sent_to, p.sent_at as sent_at_us
from paper p
where p.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by p.sent_at, p.id
limit 500
;
-- args: id!
-- into: guests
select g.id, g.class, g.person_id, g.full_name, g.capacity, g.sender, g.comment
from guest g
where g.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by g.class, g.id
limit 500
;
-- args: id!
-- into: attendance
select a.member_id, a.full_name, a.status, a.is_away, a.state, a.reason, a.arrived_at as arrived_at_us,
	a.left_at as left_at_us
from meeting_attendance($1::uuid) a
limit 500
;
-- args: id!
-- into: speeches
select s.id, s.speaker, s.item_no, s.summary, s.spoken_at as spoken_at_us
from speech s
where s.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by s.spoken_at, s.id
limit 500
;
-- args: id!
-- into: mentor_reports
select r.id, r.candidate_id, r.candidate_name, r.mentor_name as mentor, r.month, r.strengths, r.weaknesses,
	r.branch_comment
from mentor_report r
where r.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by r.candidate_name collate "vi-x-icu", r.id
limit 500
;
-- args: id!
-- into: remarks
select rule, value, wanted, ok, legal_doc
from meeting_remarks($1::uuid)
limit 20
;
-- args: id!
-- into: invited
select person_id, full_name
from auth.invited_to($1::uuid)
where tells_meeting($1::uuid)
limit 100
