-- args: id!, unit_id, name!, from_on!, last_on!, nominal_years!, basis!
select from create_term($1::uuid, $2::uuid, $3::text, day($4::text, 'from_on'), day($5::text, 'last_on'), $6::int4, $7::text)
;
-- args: id!
select t.id, t.version, t.unit_id, auth.unit_path(t.unit_id, today()) as unit_path, t.name, iso(lower(t.during)) as from_on,
	last_day(t.during) as last_on, t.nominal_years, t.basis, t.unit_pos as pos
from term t
where t.id = $1::uuid and reaches(t.unit_id, t.unit_pos)
