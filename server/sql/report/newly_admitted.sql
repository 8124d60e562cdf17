-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, period, from_on, until_on, tree, count_basis, session.unit_id
select f."group", f.group_name, f.code, f.label, f.count, f.share_pct, f.is_hidden
from report_days($2::text, day($3::text, 'from_on'), day($4::text, 'until_on')) d
cross join lateral auth.member_figures('R05', coalesce($1::uuid, $7), d.from_on, d.until_on, coalesce($5::tree_mode, 'then'),
	$6::count_basis::text, auth.sees_small_groups()) f
limit 500
