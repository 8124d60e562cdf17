-- args: id!
-- into: papers
select p.id, p.title, p.sent_to, p.sent_at as sent_at_us
from paper p
where p.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by p.sent_at, p.id
limit 500
