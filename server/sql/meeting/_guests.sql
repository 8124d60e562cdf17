-- args: meeting_id!
-- into: guests
select g.id, g.class, g.person_id, g.full_name, g.capacity, g.sender, g.comment
from guest g
where g.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by g.class, g.id
limit 500
