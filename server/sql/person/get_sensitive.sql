-- args: session.reach, inspection_no
select refuse(3, 'required', 'inspection_no') where $1 = 'inspection' and $2::text is null
;
-- args: inspection_no
select refuse(3, 'format', 'inspection_no')
where $1::text !~ '^[[:alnum:]][[:alnum:]./-]{0,39}$' or $1::text is not nfc normalized
;
-- args: id!
select refuse(5, 'not_found', 'id') where auth.sealed_sight($1::uuid) is null
;
-- The entry says which record was read and, of an inspection, for which file.
-- args: id!, inspection_no
select ledger.mark(p.feed_id, m.entity, p.id, p.version, 'read')
from person p
cross join lateral (values ('person'), ('inspection ' || $2::text)) as m (entity)
where p.id = $1::uuid and auth.sealed_sight(p.id) is not null and m.entity is not null
;
-- args: id!
-- opens: national_id, address, phone, notes
select p.id, p.version, s.national_id, s.address, s.phone, s.notes, o.ethnicity, e.name as ethnicity_name,
	o.religion, r.name as religion_name
from person p
left join person_sealed s on s.id = p.id and auth.sealed_sight(p.id) = 'open'
left join person_origin o on o.id = p.id and auth.sealed_sight(p.id) = 'open'
left join code e on e.list = 'ethnicity' and e.code = o.ethnicity
left join code r on r.list = 'religion' and r.code = o.religion
where p.id = $1::uuid and auth.sealed_sight(p.id) is not null
;
-- args: id!   into: masked
select f.field
from person p
left join person_sealed s on s.id = p.id
left join person_origin o on o.id = p.id
cross join lateral (values (1, 'national_id', s.national_id is not null), (2, 'address', s.address is not null),
	(3, 'phone', s.phone is not null), (4, 'notes', s.notes is not null), (5, 'ethnicity', o.ethnicity is not null),
	(6, 'religion', o.religion is not null)) as f (order_no, field, is_there)
where p.id = $1::uuid and auth.sealed_sight(p.id) = 'masked' and f.is_there
order by f.order_no limit 10
