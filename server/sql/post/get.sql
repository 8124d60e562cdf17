-- args: id!
select id, version, unit_id, unit_path, type, type_name, title, body_name, is_party, part_time, from_on, last_on, holding_id,
	person_id, holder_name, is_member, concurrent, held_from_on, held_until_on, pos
from auth.post_rows($1::uuid)
;
-- args: id!
-- into: holdings
select id, version, post_id, person_id, holder_name, mode, decision_doc, iso(lower(during)) as from_on,
	last_day(during) as until_on
from post_holding
where post_id = $1::uuid and reaches(unit_id, unit_pos)
order by lower(during) desc
limit 200
