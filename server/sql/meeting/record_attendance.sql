-- args: id!, lines.member_id, lines.state, lines.reason, lines.arrived_at_us, lines.left_at_us, others
select from record_attendance($1::uuid, array(
	select row(l.*)::attendance_line
	from unnest($2::uuid[], $3::attendance_state[], $4::text[], $5::timestamptz[], $6::timestamptz[]) as l), $7::attendance_state)
;
-- include: meeting/_record
;
-- include: meeting/_attendance
