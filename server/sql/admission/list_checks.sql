-- args: session.reach, inspection_no
select refuse(3, 'required', 'inspection_no') where $1 = 'inspection' and $2::text is null
;
-- args: inspection_no
select refuse(3, 'format', 'inspection_no')
where $1::text !~ '^[[:alnum:]][[:alnum:]./-]{0,39}$' or $1::text is not nfc normalized
;
-- args: id!
select refuse(5, 'not_found', 'id') where not exists (select from candidate c where c.id = $1::uuid and reads_checks(c.unit_pos))
;
-- The entry says whose was read and, of an inspection, for which file.
-- args: id!, inspection_no
select ledger.mark(c.feed_id, m.entity, c.id, c.version, 'read')
from candidate c
cross join lateral (values ('candidate'), ('inspection ' || $2::text)) as m (entity)
where c.id = $1::uuid and reads_checks(c.unit_pos) and m.entity is not null
;
-- args: id!
select b.id, b.subject, b.place, iso(b.asked_on) as asked_on, iso(b.answered_on) as answered_on, b.conclusion
from background_check b
where b.candidate_id = $1::uuid and reads_checks(b.unit_pos)
order by b.asked_on, b.id
limit 200
