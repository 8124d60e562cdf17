-- args: lines.registration_id
select refuse(3, 'out_of_range', 'lines', e'min=1\nmax=500') where cardinality($1::uuid[]) > 500
;
-- args: unit_id!, year!, lines.registration_id!, lines.grade!, lines.note
select from assess_residents($1::uuid, $2::int4, $3::uuid[], $4::text[], $5::text[])
;
-- args: unit_id!, year!
select $1::uuid as unit_id, $2::int4 as year, count(*) as assessed, count(*) filter (where a.confirmed_by is null) as waiting,
	count(a.confirmed_by) as confirmed
from residential_registration r
join residential_assessment a on a.registration_id = r.id
where r.unit_id = $1::uuid and a.year = $2::int4 and reaches(r.unit_id, r.unit_pos)
limit 1
