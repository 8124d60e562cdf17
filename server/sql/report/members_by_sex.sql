-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, as_of_on, tree, session.unit_id
select x.sex, x.members, to_char(round(100.0 * x.members / nullif(t.members, 0), 1), 'FM990.0') as share_pct,
	x.residential
from (
	select coalesce(sum(f.members), 0)::int8 as members, coalesce(sum(f.women), 0)::int8 as women,
		coalesce(sum(f.residential), 0)::int8 as residential,
		coalesce(sum(f.residential_women), 0)::int8 as residential_women
	from auth.unit_figures(coalesce($1::uuid, $4), coalesce(day($2::text, 'as_of_on'), today()), coalesce($3::tree_mode, 'then')) f
) t
cross join lateral (values
	('male'::sex, t.members - t.women, t.residential - t.residential_women),
	('female'::sex, t.women, t.residential_women)
) as x (sex, members, residential)
order by x.sex
limit 2
