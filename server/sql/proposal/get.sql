-- args: id!
select refuse(5, 'not_found', 'id')
where not exists (select from proposal where id = $1::uuid and reaches(unit_id, unit_pos, null, drafted_by))
;
-- include: proposal/_record
