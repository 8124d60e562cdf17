-- args: id!
select refuse(5, 'not_found', 'id') where not exists (select from plan_rows($1::uuid))
;
-- include: plan/_record
