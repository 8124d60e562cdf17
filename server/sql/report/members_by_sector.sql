-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: scheme
select refuse(5, 'not_found', 'scheme')
where $1::text is not null and not exists (select from scheme where code = $1::text)
;
-- args: unit_id, as_of_on, tree, session.unit_id, scheme
select refuse(9, 'sector_unmapped', 'scheme', 'sector=' || f.sector)
from auth.unit_figures(coalesce($1::uuid, $4), coalesce(day($2::text, 'as_of_on'), today()), coalesce($3::tree_mode, 'then')) f
where $5::text is not null and f.is_branch and not f.is_grassroots
  and not exists (
	select from scheme s join scheme_line l on l.scheme_id = s.id
	where s.code = $5::text and l.sector = f.sector)
limit 1
;
-- args: unit_id, as_of_on, tree, session.unit_id, scheme
select g.label, count(*) as branches, sum(f.members)::int8 as members, sum(f.women)::int8 as women,
	sum(f.probationary)::int8 as probationary, sum(f.residential)::int8 as residential
from auth.unit_figures(coalesce($1::uuid, $4), coalesce(day($2::text, 'as_of_on'), today()), coalesce($3::tree_mode, 'then')) f
join (
	select l.sector, l.label, l.order_no
	from scheme s join scheme_line l on l.scheme_id = s.id
	where s.code = $5::text
	union all
	select code, name, order_no
	from sector
	where $5::text is null
) g on g.sector = f.sector
where f.is_branch and not f.is_grassroots
group by g.label
order by min(g.order_no), g.label
limit 200
;
-- args: unit_id, as_of_on, tree, session.unit_id
-- into: totals
select count(*) filter (where not f.is_grassroots) as branches,
	coalesce(sum(f.members) filter (where not f.is_grassroots), 0)::int8 as members,
	coalesce(sum(f.women) filter (where not f.is_grassroots), 0)::int8 as women,
	coalesce(sum(f.probationary) filter (where not f.is_grassroots), 0)::int8 as probationary,
	coalesce(sum(f.residential) filter (where not f.is_grassroots), 0)::int8 as residential,
	count(*) filter (where f.is_grassroots) as grassroots_branches,
	coalesce(sum(f.members) filter (where f.is_grassroots), 0)::int8 as grassroots_branch_members
from auth.unit_figures(coalesce($1::uuid, $4), coalesce(day($2::text, 'as_of_on'), today()), coalesce($3::tree_mode, 'then')) f
where f.is_branch
limit 1
