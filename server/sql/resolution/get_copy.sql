-- args: id!
select refuse(5, 'not_found', 'id')
where not exists (select from resolution_copy where id = $1::uuid and reaches(unit_id, unit_pos))
;
-- include: resolution/_copy
;
-- args: id!
-- into: children
select r.id, r.version, r.unit_id, r.unit_path, r.kind, r.state, r.number, r.suffix, r.issuer, r.issued_on, r.subject,
	r.period_month, r.from_on, r.until_on, r.parent_id, r.superseded_by, r.meeting_id, r.pos
from resolution_copy c
join resolution_sheet r on r.parent_id = c.resolution_id
where c.id = $1::uuid and reaches(c.unit_id, c.unit_pos) and reaches(r.unit_id, r.pos, r.meeting_id)
order by r.period_month, r.pos, r.id
limit 500
