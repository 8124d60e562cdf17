-- args: id!
select refuse(5, 'not_found', 'id')
where not exists (select from task_sheet where id = $1::uuid and reaches(unit_id, pos, source_id, person_id))
;
-- include: task/_record
