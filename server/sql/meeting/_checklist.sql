-- args: id!
-- into: checklist
select i.code, c.name, i.done_at as done_at_us
from checklist_item i join code c on c.list = 'checklist' and c.code = i.code
where i.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by c.order_no, i.code
limit 50
