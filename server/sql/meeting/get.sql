-- args: id!
select refuse(5, 'not_found', 'id')
where not exists (select from meeting m where m.id = $1::uuid and reaches(m.unit_id, m.unit_pos, m.id))
;
-- include: meeting/_record
;
-- include: meeting/_agenda
;
-- include: meeting/_checklist
;
-- include: meeting/_papers
;
-- args: id!
-- into: guests
select g.id, g.class, g.person_id, g.full_name, g.capacity, g.sender, g.comment
from guest g
where g.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by g.class, g.id
limit 500
;
-- include: meeting/_attendance
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
