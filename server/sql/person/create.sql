-- args: unit_id!
select refuse(5, 'not_found', 'unit_id') where not auth.in_scope($1::uuid)
;
-- args: id!, unit_id!, family_name!, middle_name, given_name!, sex!, born_on!, native_place, education, profession
insert into person (id, unit_id, unit_pos, feed_id, family_name, middle_name, given_name, sex, born_on, native_place,
	education, profession)
select $1::uuid, u.id, u.pos, u.feed_id, $3::text, $4::text, $5::text, $6::sex, past_partial($7::text, 'born_on'),
	$8::text, $9::text, $10::text
from unit u
where u.id = $2::uuid
;
-- args: id!
select id, version, unit_id, full_name, family_name, middle_name, given_name, sex, born_on, native_place, education,
	profession, education_level, theory_level, occupation, youth_union
from person
where id = $1::uuid and inside(unit_pos)
