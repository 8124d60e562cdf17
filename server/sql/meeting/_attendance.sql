-- args: id!
-- into: attendance
select a.member_id, a.full_name, a.status, a.is_away, a.state, a.reason, a.arrived_at as arrived_at_us,
	a.left_at as left_at_us
from meeting_attendance($1::uuid) a
limit 500
