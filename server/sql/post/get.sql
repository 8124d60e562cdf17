-- include: post/_record
;
-- args: id!
-- into: holdings
select id, version, post_id, person_id, holder_name, mode, decision_doc, iso(lower(during)) as from_on,
	last_day(during) as until_on
from post_holding
where post_id = $1::uuid and reaches(unit_id, unit_pos)
order by lower(during) desc
limit 200
