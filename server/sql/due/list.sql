-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: within_days
select refuse(3, 'out_of_range', 'within_days', e'min=0\nmax=3660') where $1::int4 not between 0 and 3660
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: kind
select refuse(3, 'due_kind', 'kind', e'value=' || left($1::text, 40))
where $1::text is not null and not exists (select from due_kinds() k where k.code = $1::text)
;
-- args: unit_id, kind, within_days, overdue_only, after_due_on, after_id, limit
select id, kind, kind_name, subject, unit_path, started_on, due_on, working_days_left, level, reminder, actor_unit, actor_roles,
	rule_doc, candidate_id, member_id, task_id, proposal_id
from due_page($1::uuid, $2::text, case when coalesce($4::boolean, false) then today() - 1 else today() + $3::int4 end,
	coalesce(day($5::text, 'after_due_on'), '-infinity'), coalesce($6::uuid, '00000000-0000-0000-0000-000000000000'),
	coalesce($7::int4, 100))
limit 500
;
-- args: unit_id, kind, after_id
-- into: totals
select kind, kind_name, overdue, near, later
from due_totals($1::uuid, $2::text)
where $3::uuid is null
limit 50
