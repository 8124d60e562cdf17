-- args: id!
select id, version, unit_id, unit_path, kind, state, number, suffix, issuer, issued_on, subject, period_month, from_on, until_on,
	parent_id, superseded_by, meeting_id, vote_id, body, other_recipients, pos
from resolution_sheet
where id = $1::uuid and reaches(unit_id, pos, meeting_id)
