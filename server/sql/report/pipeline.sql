-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, period_month, from_on, until_on, session.unit_id
select "group", group_name, code, label, count, share_pct, false as is_hidden
from auth.pipeline_figures(coalesce($1::uuid, $5), coalesce(a_month($2::text, 'period_month'), to_char(today(), 'YYYY-MM')),
	day($3::text, 'from_on'), day($4::text, 'until_on'))
limit 500
