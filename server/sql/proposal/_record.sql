-- args: id!
select id, version, unit_id, unit_path, state, title, body, category, meeting_id, vote_id, drafted_name, adopted_at_us, sent_at_us,
	closed_at_us, reason, recipients as recipient_count, answered, overdue as overdue_count, pos
from proposal_sheet
where id = $1::uuid and reaches(unit_id, pos, null, drafted_by)
;
-- args: id!
-- into: recipients
select r.id, r.version, r.proposal_id, r.recipient_id, r.recipient_name, r.forwarded_from, r.state, r.sent_at_us, r.receive_by_on,
	r.received_at_us, r.due_on, r.replied_on, r.reply, r.earlier_reply, r.task_id, r.overdue, r.receive_overdue
from proposal p
join recipient_sheet r on r.proposal_id = p.id
where p.id = $1::uuid and reaches(p.unit_id, p.unit_pos, null, p.drafted_by)
order by r.sent_at_us, r.recipient_name, r.id
limit 200
