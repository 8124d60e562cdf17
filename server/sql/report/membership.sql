-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, as_of_on, tree, session.unit_id
select auth.unit_path(coalesce($1::uuid, $4), d.day) as unit_path, iso(d.day) as as_of_on,
	sum(f.members)::int8 as members, sum(f.women)::int8 as women, sum(f.probationary)::int8 as probationary,
	sum(f.temporary)::int8 as temporary, sum(f.residential)::int8 as residential
from (select coalesce(day($2::text, 'as_of_on'), today()) as day) d
cross join auth.unit_figures(coalesce($1::uuid, $4), d.day, coalesce($3::tree_mode, 'then')) f
group by d.day
