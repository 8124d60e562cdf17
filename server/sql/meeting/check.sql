-- args: id!, code!
select from check_meeting($1::uuid, $2::text)
;
-- args: id!
select id, version, unit_id, unit_path, kind, is_pilot, state, period_month, planned_at_us, held_on, started_at_us,
	ended_at_us, place, chair, clerk, topic, topic_tag, members_due, present, excused, unexcused, not_recorded,
	attendance_pct, conclusion, published_on, submitted_at_us, acknowledged_at_us, reason
from meeting_record($1::uuid)
;
-- args: id!
-- into: checklist
select i.code, c.name, i.done_at as done_at_us
from checklist_item i join code c on c.list = 'checklist' and c.code = i.code
where i.meeting_id = $1::uuid and tells_meeting($1::uuid)
order by c.order_no, i.code
limit 50
