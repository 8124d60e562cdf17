-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, period_month, from_on, until_on, group!, code!, after_pos, after_id, limit, session.unit_id
select candidate_id, member_id, full_name, unit_path, stage, day, detail, pos
from auth.pipeline_list(coalesce($1::uuid, $10), coalesce(a_month($2::text, 'period_month'), to_char(today(), 'YYYY-MM')),
	day($3::text, 'from_on'), day($4::text, 'until_on'), $5::text, $6::text, $7::int4, $8::uuid, coalesce($9::int4, 100))
limit 500
