-- args: update_mask
select refuse(3, 'required', 'update_mask') where coalesce(cardinality($1::text[]), 0) = 0
;
-- args: update_mask
select refuse(9, 'second_person', f.name)
from unnest($1::text[]) as f (name)
where f.name = any (enum_range(null::person_field)::text[])
;
-- args: update_mask
select refuse(3, 'unknown_field', 'update_mask', 'value=' || f.name)
from unnest($1::text[]) as f (name)
where f.name <> all ('{education,profession,education_level,theory_level,occupation,youth_union}')
;
-- args: id!
select from auth.require_not_own($1::uuid, 'id')
;
-- Materialized, or the comparison would come before the lock, and with an old version.
-- args: id!, base_version!
with p as materialized (select version from person where id = $1::uuid for update)
select refuse(10, 'conflict', 'base_version', format('version=%s', p.version)) from p where p.version <> $2::int4
;
-- args: id!, update_mask, education, profession, education_level, theory_level, occupation, youth_union
select from set_person_facts($1::uuid, $2::text[],
	row($3::text, $4::text, $5::text, $6::text, $7::text, $8::boolean)::person_facts)
;
-- include: person/_record
