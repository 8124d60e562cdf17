-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: session.unit_id, pending, after_id, limit
select id, version, unit_id, unit_path, resolution_id, sender_path, kind, number, suffix, issuer, issued_on, subject, sent_at_us,
	received_at_us, pos
from copy_sheet
where unit_id = $1 and reaches(unit_id, pos)
  and (not coalesce($2::boolean, false) or received_at_us is null)
  and id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
order by id
limit coalesce($4::int4, 100)
