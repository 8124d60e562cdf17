-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, as_of_on, tree, session.unit_id
select unit_code, unit_name, members, residential, registered, normal, introduced_exempt, not_introduced, assessed, good, fair,
	average, poor, not_assessed, sent
from auth.residential_figures(coalesce($1::uuid, $4), coalesce(day($2::text, 'as_of_on'), today()), coalesce($3::tree_mode, 'then'))
limit 2000
;
-- args: unit_id, as_of_on, tree, session.unit_id
-- into: totals
select coalesce(sum(f.members), 0)::int8 as members, coalesce(sum(f.residential), 0)::int8 as residential,
	coalesce(sum(f.registered), 0)::int8 as registered, coalesce(sum(f.normal), 0)::int8 as normal,
	coalesce(sum(f.introduced_exempt), 0)::int8 as introduced_exempt, coalesce(sum(f.not_introduced), 0)::int8 as not_introduced,
	coalesce(sum(f.assessed), 0)::int8 as assessed, coalesce(sum(f.good), 0)::int8 as good,
	coalesce(sum(f.fair), 0)::int8 as fair, coalesce(sum(f.average), 0)::int8 as average,
	coalesce(sum(f.poor), 0)::int8 as poor, coalesce(sum(f.not_assessed), 0)::int8 as not_assessed,
	coalesce(sum(f.sent), 0)::int8 as sent
from auth.residential_figures(coalesce($1::uuid, $4), coalesce(day($2::text, 'as_of_on'), today()), coalesce($3::tree_mode, 'then')) f
limit 1
