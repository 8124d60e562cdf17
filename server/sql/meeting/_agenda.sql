-- args: id!
-- into: agenda
select i.item_no, i.kind, i.title, i.presenter, i.minutes, i.candidate_id, i.admission_case_id
from agenda_item i
where i.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by i.item_no
limit 50
