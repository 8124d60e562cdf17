-- args: unit_id!, year!
select $1::uuid as unit_id, $2::int4 as year, count(*) as assessed, count(*) filter (where a.confirmed_by is null) as waiting,
	count(a.confirmed_by) as confirmed
from residential_registration r
join residential_assessment a on a.registration_id = r.id
where r.unit_id = $1::uuid and a.year = $2::int4 and reaches(r.unit_id, r.unit_pos)
limit 1
