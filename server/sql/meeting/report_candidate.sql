-- args: id!, meeting_id!, candidate_id!, mentor_id!, month, strengths!, weaknesses!, branch_comment
select from report_candidate($1::uuid, $2::uuid, $3::uuid, $4::uuid, a_month($5::text, 'month'), $6::text, $7::text,
	$8::text)
;
-- include: meeting/_of_meeting
;
-- args: meeting_id!
-- into: mentor_reports
select r.id, r.candidate_id, r.candidate_name, r.mentor_name as mentor, r.month, r.strengths, r.weaknesses,
	r.branch_comment
from mentor_report r
where r.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by r.candidate_name collate "vi-x-icu", r.id
limit 500
