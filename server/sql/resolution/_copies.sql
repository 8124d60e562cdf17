-- args: id!
-- into: copies
select c.id, c.version, c.unit_id, c.unit_path, c.resolution_id, c.sender_path, c.kind, c.number, c.suffix, c.issuer,
	c.issued_on, c.subject, c.sent_at_us, c.received_at_us, c.pos
from resolution r
join copy_sheet c on c.resolution_id = r.id
where r.id = $1::uuid and reaches(r.unit_id, r.unit_pos, r.meeting_id) and inside(c.pos)
order by c.pos
limit 1000
