-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=200') where $1::int4 not between 1 and 200
;
-- args: session.unit_id
select refuse(7, 'permission_denied', null, 'permission=duplicate_find') where $1 is distinct from auth.root_feed()
;
-- One statement finds, marks and shows: what is seen is what the ledger says. The search itself is an entry of the
-- district, found or not.
-- args: keyed.national_id, after_group_id, after_id, limit
with same as (
	select s.national_id_hash, min(s.id::text)::uuid as group_id
	from person_sealed s
	where s.national_id_hash is not null and ($1::bytea is null or s.national_id_hash = $1::bytea)
	group by s.national_id_hash
	having count(*) > 1 or $1::bytea is not null
), hit as materialized (
	select g.group_id, p.id, p.version, p.feed_id, p.full_name, p.born_on, p.unit_id
	from same g
	join person_sealed s on s.national_id_hash = g.national_id_hash
	join person p on p.id = s.id
	where $2::uuid is null or (g.group_id, p.id) > ($2::uuid, coalesce($3::uuid, $2::uuid))
	order by g.group_id, p.id
	limit coalesce($4::int4, 200)
), marked as materialized (
	select ledger.mark(h.feed_id, 'person', h.id, h.version, 'read') from hit h
	union all
	select ledger.mark(auth.root_feed())
)
select h.group_id, h.id, h.full_name, h.born_on, h.unit_id, auth.unit_path(h.unit_id, today()) as unit_path
from hit h
where (select count(*) from marked) > 0
order by h.group_id, h.id
limit 200
