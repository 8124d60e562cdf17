-- args: unit_id!, lines.row_no, lines.id, lines.person_id, lines.membership_id, lines.unit_code, lines.kind, lines.from_on, lines.family_name, lines.middle_name, lines.given_name, lines.sex, lines.born_on, lines.native_place, lines.education, lines.profession, lines.status, lines.decision_on, lines.joined_on, lines.full_on, lines.card_no, lines.biography_no, lines.works_away
select from import_lines($1::uuid, array(
	select row(l.*)::member_line
	from unnest(
		$2::int4[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::membership_kind[], $8::text[],
		$9::text[], $10::text[], $11::text[], $12::sex[], $13::text[], $14::text[], $15::text[],
		$16::text[], $17::member_status[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[],
		$23::boolean[]
	) as l))
;
-- args: lines.id
select count(m.id)::int4 as added, (count(*) - count(m.id))::int4 as matched
from unnest($1::uuid[]) as l (id)
left join member m on m.id = l.id and inside(m.unit_pos)
