-- args: id!
select refuse(5, 'not_found', 'id') where not exists (select from candidate_record($1::uuid))
;
-- include: candidate/_record
;
-- args: id!
-- into: reports
select id, meeting_id, month, mentor_name, strengths, weaknesses, branch_comment
from auth.candidate_reports($1::uuid)
limit 500
