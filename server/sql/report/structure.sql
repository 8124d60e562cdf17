-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, as_of_on, tree, session.unit_id
select "group", group_name, code, label, count, share_pct, is_hidden
from auth.member_figures('R06', coalesce($1::uuid, $4), null, coalesce(day($2::text, 'as_of_on'), today()),
	coalesce($3::tree_mode, 'then'), null, auth.sees_small_groups())
limit 500
