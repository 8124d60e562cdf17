-- args: id!
select id, version, post_id, person_id, holder_name, mode, decision_doc, iso(lower(during)) as from_on,
	last_day(during) as until_on
from post_holding
where id = $1::uuid and reaches(unit_id, unit_pos)
