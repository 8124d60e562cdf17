-- args: id!
select m.id, m.version, m.person_id, p.full_name, p.sex, p.born_on, m.status, iso(m.decision_on) as decision_on,
	iso(m.joined_on) as joined_on, iso(m.full_on) as full_on, m.card_no, m.biography_no, m.works_away, m.unit_id,
	auth.unit_path(m.unit_id, today()) as unit_path
from member m
join person p on p.id = m.person_id
where m.id = $1::uuid
