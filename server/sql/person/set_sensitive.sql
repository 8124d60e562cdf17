-- args: update_mask
select refuse(3, 'required', 'update_mask') where coalesce(cardinality($1::text[]), 0) = 0
;
-- args: update_mask
select refuse(3, 'unknown_field', 'update_mask')
where not $1::text[] <@ '{national_id,address,phone,notes,ethnicity,religion}'
;
-- args: id!
select auth.require_not_own($1::uuid, 'id')
;
-- args: id!, base_version!
select refuse(10, 'conflict', 'base_version', format('version=%s', p.version))
from (select version from person where id = $1::uuid for update) p
where p.version <> $2::int4
;
-- Refused before the keys see them: what a key refuses is written to the database's log.
-- args: ethnicity, religion
select refuse(5, 'not_found', v.list)
from (values ('ethnicity', $1::text), ('religion', $2::text)) as v (list, code)
where v.code is not null and not exists (select from code c where c.list = v.list and c.code = v.code)
;
-- args: id!
update person set version = version + 1 where id = $1::uuid
;
-- args: id!, update_mask
insert into person_sealed (id, unit_id, unit_pos, feed_id)
select p.id, p.unit_id, p.unit_pos, p.feed_id from person p
where p.id = $1::uuid and $2::text[] && '{national_id,address,phone,notes}'
on conflict do nothing
;
-- args: id!, update_mask, sealed.national_id, keyed.national_id, sealed.address, sealed.phone, sealed.notes
update person_sealed set
	version = version + 1,
	national_id = case when 'national_id' = any ($2::text[]) then $3::bytea else national_id end,
	national_id_hash = case when 'national_id' = any ($2::text[]) then $4::bytea else national_id_hash end,
	address = case when 'address' = any ($2::text[]) then $5::bytea else address end,
	phone = case when 'phone' = any ($2::text[]) then $6::bytea else phone end,
	notes = case when 'notes' = any ($2::text[]) then $7::bytea else notes end
where id = $1::uuid and $2::text[] && '{national_id,address,phone,notes}'
;
-- args: id!, update_mask
insert into person_origin (id, unit_id, unit_pos, feed_id)
select p.id, p.unit_id, p.unit_pos, p.feed_id from person p
where p.id = $1::uuid and $2::text[] && '{ethnicity,religion}'
on conflict do nothing
;
-- args: id!, update_mask, ethnicity, religion
update person_origin set
	version = version + 1,
	ethnicity = case when 'ethnicity' = any ($2::text[]) then $3::text else ethnicity end,
	religion = case when 'religion' = any ($2::text[]) then $4::text else religion end
where id = $1::uuid and $2::text[] && '{ethnicity,religion}'
;
-- args: id!
select id, version, full_name from person where id = $1::uuid
;
-- What the number says of its owner against his record: the official date of birth may lawfully differ.
-- args: id!, update_mask, told.national_id   into: warnings
select 'national_id' as field, w.rule
from person p
cross join lateral (values
	('sex_differs', split_part($3::text, ' ', 1) <> p.sex::text),
	('year_differs', split_part($3::text, ' ', 2) <> left(p.born_on, 4)),
	('place_unknown', split_part($3::text, ' ', 3) = 'unknown')) as w (rule, holds)
where p.id = $1::uuid and 'national_id' = any ($2::text[]) and w.holds
order by w.rule limit 10
