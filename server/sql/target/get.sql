-- args: id!
select refuse(5, 'not_found', 'id')
where not exists (select from target where id = $1::uuid and reaches(unit_id, unit_pos))
;
-- include: target/_record
