-- args: meeting_id!
select refuse(5, 'not_found', 'meeting_id')
where not exists (select from meeting m where m.id = $1::uuid and reaches(m.unit_id, m.unit_pos, m.id))
;
-- args: meeting_id!
select m.id as meeting_id, case when sees_names() then minutes_text(m.id) end as body
from meeting m
where m.id = $1::uuid and reaches(m.unit_id, m.unit_pos, m.id)
