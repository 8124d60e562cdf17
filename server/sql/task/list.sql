-- args: limit
select refuse(3, 'out_of_range', 'limit', e'min=1\nmax=500') where $1::int4 not between 1 and 500
;
-- args: unit_id
select refuse(5, 'not_found', 'unit_id') where $1::uuid is not null and not auth.in_scope($1::uuid)
;
-- args: unit_id, state, overdue, mine, source_id, after_pos, after_id, limit
select id, version, unit_id, unit_path, source, source_id, category, title, assigner_id, assigner_name, assigned_at_us, member_id,
	assignee_name, due_on, state, progress, result, reason, reported_at_us, confirmed_at_us, overdue, pos
from task_sheet
where reaches(unit_id, pos, source_id, person_id)
  and pos between coalesce((select u.pos from unit u where u.id = $1::uuid), 0)
              and coalesce((select u.last from unit u where u.id = $1::uuid), 2147483647)
  and (pos, id) > (coalesce($6::int4, 0), coalesce($7::uuid, '00000000-0000-0000-0000-000000000000'))
  and ($2::task_state is null or state = $2::task_state)
  and ($3::boolean is null or overdue = $3::boolean)
  and (not coalesce($4::boolean, false) or person_id = caller())
  and ($5::uuid is null or source_id = $5::uuid)
order by pos, id
limit coalesce($8::int4, 100)
