-- args: id!
select refuse(5, 'not_found', 'id')
where not exists (select from resolution where id = $1::uuid and reaches(unit_id, unit_pos, meeting_id))
;
-- args: id!
select id, version, unit_id, unit_path, kind, state, number, suffix, issuer, issued_on, subject, period_month, from_on, until_on,
	parent_id, superseded_by, meeting_id, vote_id, body, other_recipients, pos
from resolution_sheet
where id = $1::uuid and reaches(unit_id, pos, meeting_id)
;
-- args: id!
-- into: copies
select c.id, c.version, c.unit_id, c.unit_path, c.resolution_id, c.sender_path, c.kind, c.number, c.suffix, c.issuer,
	c.issued_on, c.subject, c.sent_at_us, c.received_at_us, c.pos
from resolution r
join copy_sheet c on c.resolution_id = r.id
where r.id = $1::uuid and reaches(r.unit_id, r.unit_pos, r.meeting_id) and inside(c.pos)
order by c.pos
limit 1000
;
-- args: id!
-- into: children
select id, version, unit_id, unit_path, kind, state, number, suffix, issuer, issued_on, subject, period_month, from_on, until_on,
	parent_id, superseded_by, meeting_id, pos
from resolution_sheet
where parent_id = $1::uuid and reaches(unit_id, pos, meeting_id)
order by period_month, pos, id
limit 500
