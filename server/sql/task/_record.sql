-- args: id!
select id, version, unit_id, unit_path, source, source_id, category, title, assigner_id, assigner_name, assigned_at_us, member_id,
	assignee_name, due_on, state, progress, result, reason, reported_at_us, confirmed_at_us, overdue, pos
from task_sheet
where id = $1::uuid and reaches(unit_id, pos, source_id, person_id)
