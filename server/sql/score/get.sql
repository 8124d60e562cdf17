-- args: id!
select refuse(5, 'not_found', 'id')
where not exists (select from scoring s where s.id = $1::uuid and reaches(s.unit_id, s.unit_pos, s.id))
;
-- include: score/_record
