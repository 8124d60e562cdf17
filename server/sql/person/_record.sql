-- args: id!
select id, version, unit_id, full_name, family_name, middle_name, given_name, sex, born_on, native_place, education,
	profession, education_level, theory_level, occupation, youth_union
from person
where id = $1::uuid
