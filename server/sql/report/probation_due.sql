-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, as_of_on, after_due_on, after_id, limit
select id, full_name, unit_id, unit_name, joined_on, due_on, days_left, working_days_left, reminder, papers_missing,
	missing as missing_count, state
from auth.probation_due($1::uuid, coalesce(day($2::text, 'as_of_on'), today()),
	coalesce(day($3::text, 'after_due_on'), '-infinity'::date), $4::uuid, coalesce($5::int4, 100))
limit 500
;
-- args: unit_id, as_of_on
-- into: totals
select t.running, t.due_soon, t.overdue
from auth.probation_totals($1::uuid, coalesce(day($2::text, 'as_of_on'), today())) t
limit 1
