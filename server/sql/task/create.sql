-- args: id!, source!, source_id, unit_id, unit_code, member_id, title, category, due_on, lines.unit_id, lines.unit_code, lines.member_id, lines.title, lines.category, lines.due_on
select from create_tasks($2::task_source, $3::uuid, array(
	select row($1::uuid, $4::uuid, $5::text, $6::uuid, $7::text, $8::text, $9::text)::task_line
	where $7::text is not null
	union all
	select row(line_id($1::uuid, l.n), l.unit_id, l.unit_code, l.member_id, l.title, l.category, l.due_on)::task_line
	from unnest($10::uuid[], $11::text[], $12::uuid[], $13::text[], $14::text[], $15::text[]) with ordinality
		as l (unit_id, unit_code, member_id, title, category, due_on, n)))
;
-- args: id!, lines.title
select id, version, unit_id, unit_path, source, source_id, category, title, assigner_id, assigner_name, assigned_at_us, member_id,
	assignee_name, due_on, state, progress, result, reason, reported_at_us, confirmed_at_us, overdue, pos
from (
	select $1::uuid as task_id, 0::int8 as n
	union all
	select line_id($1::uuid, l.n), l.n from unnest($2::text[]) with ordinality as l (title, n)
) made
join task_sheet on id = made.task_id
where reaches(unit_id, pos, source_id, person_id)
order by made.n
limit 500
