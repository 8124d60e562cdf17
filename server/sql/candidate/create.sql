-- args: unit_id, identified_on
select from require_source_unit($1::uuid, coalesce(past_day($2::text, 'identified_on'), today()))
;
-- args: education_level, occupation
select from require_person_codes(row(null, null, $1::text, null, $2::text, null)::person_facts)
;
-- Somebody new, if a name is given.
-- args: person_id!, unit_id, family_name, middle_name, given_name, sex, born_on, native_place, education, profession, education_level, occupation, youth_union
insert into person (id, unit_id, unit_pos, feed_id, family_name, middle_name, given_name, sex, born_on, native_place,
	education, profession, education_level, occupation, youth_union)
select $1::uuid, u.id, u.pos, u.feed_id, $3::text, $4::text, $5::text, $6::sex, past_partial($7::text, 'born_on'),
	$8::text, $9::text, $10::text, $11::text, $12::text, $13::boolean
from unit u
where u.id = coalesce($2::uuid, acting_unit()) and num_nonnulls($3::text, $5::text) > 0
;
-- args: person_id!, unit_id
select from require_source_person($1::uuid, coalesce($2::uuid, acting_unit()))
;
-- args: id!, person_id!, source_group!, introduced_by, union_resolution, works_away, identified_on
select from create_candidate($1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::boolean,
	coalesce(past_day($7::text, 'identified_on'), today()))
;
-- include: candidate/_record
