-- args: update_mask
select refuse(3, 'required', 'update_mask') where coalesce(cardinality($1::text[]), 0) = 0
;
-- args: update_mask
select refuse(3, 'unknown_field', 'update_mask', 'value=' || f.name)
from unnest($1::text[]) as f (name)
where f.name <> all ('{source_group,introduced_by,union_resolution,works_away,education,profession,education_level,occupation,youth_union}')
;
-- args: update_mask, source_group
select refuse(3, 'required', 'source_group') where 'source_group' = any ($1::text[]) and $2::text is null
;
-- args: id!, base_version!, update_mask, source_group, introduced_by, union_resolution, works_away, education, profession, education_level, occupation, youth_union
select from update_candidate($1::uuid, $2::int4, $3::text[], $4::text, $5::text, $6::text, $7::boolean,
	row($8::text, $9::text, $10::text, null, $11::text, $12::boolean)::person_facts)
;
-- include: candidate/_record
