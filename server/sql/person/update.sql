-- args: update_mask
select refuse(3, 'required', 'update_mask') where coalesce(cardinality($1::text[]), 0) = 0
;
-- args: update_mask
select refuse(3, 'unknown_field', 'update_mask', 'value=' || f.name)
from unnest($1::text[]) as f (name)
where f.name <> all ('{family_name,middle_name,given_name,sex,native_place,education,profession}')
;
-- args: id!, base_version!
select refuse(10, 'conflict', 'base_version', format('version=%s', p.version))
from (select version from person where id = $1::uuid for update) p
where p.version <> $2::int4
;
-- args: id!, update_mask, family_name, middle_name, given_name, sex, native_place, education, profession
update person set
	version = version + 1,
	family_name = case when 'family_name' = any ($2::text[]) then $3::text else family_name end,
	middle_name = case when 'middle_name' = any ($2::text[]) then $4::text else middle_name end,
	given_name = case when 'given_name' = any ($2::text[]) then $5::text else given_name end,
	sex = case when 'sex' = any ($2::text[]) then $6::sex else sex end,
	native_place = case when 'native_place' = any ($2::text[]) then $7::text else native_place end,
	education = case when 'education' = any ($2::text[]) then $8::text else education end,
	profession = case when 'profession' = any ($2::text[]) then $9::text else profession end
where id = $1::uuid
;
-- args: id!
select id, version, unit_id, full_name, family_name, middle_name, given_name, sex, born_on, native_place, education,
	profession
from person
where id = $1::uuid
