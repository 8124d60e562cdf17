-- args: id!
select id, version, unit_id, unit_path, resolution_id, sender_path, kind, number, suffix, issuer, issued_on, subject, body,
	sent_at_us, received_at_us, pos
from copy_sheet
where id = $1::uuid and reaches(unit_id, pos)
