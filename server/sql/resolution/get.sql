-- args: id!
select refuse(5, 'not_found', 'id')
where not exists (select from resolution where id = $1::uuid and reaches(unit_id, unit_pos, meeting_id))
;
-- include: resolution/_record
;
-- include: resolution/_copies
;
-- args: id!
-- into: children
select id, version, unit_id, unit_path, kind, state, number, suffix, issuer, issued_on, subject, period_month, from_on, until_on,
	parent_id, superseded_by, meeting_id, pos
from resolution_sheet
where parent_id = $1::uuid and reaches(unit_id, pos, meeting_id)
order by period_month, pos, id
limit 500
